/** What went wrong at a provider's page, from the `error` that django-allauth comes back with. */

const PROBLEMS: Record<string, string> = {
  cancelled: "You came back without signing in.",
  denied: "The provider did not let you in.",
  signup_closed: "There is no account for you here yet. Ask for an invitation.",
  connected_other: "Somebody else here has connected that account already.",
  reauthentication_required: "It is too long since you confirmed that it is you. Connect it again.",
  permission_denied: "Your account is switched off. Ask whoever runs this Sprintwall.",
};

/** A sentence for it; empty when nothing went wrong. */
export function providerProblem(error: string | null): string {
  if (error === null) return "";
  return PROBLEMS[error] ?? "Signing in at the provider did not work. Try again.";
}
