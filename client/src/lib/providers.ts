/** Providers: other sites at which people may sign in, and what of theirs is connected here. */
import { addressOf, ask } from "./allauth";

export interface Provider {
  id: string;
  name: string;
}

/** Somebody's identity at a provider, which signs them in here. */
export interface Identity {
  uid: string;
  provider: Provider;
  /** How the provider calls them. */
  display: string;
}

/** Leave for a provider's page to sign in or to connect it; come back to a path of ours. */
export function leaveForProvider(
  provider: string,
  path: string,
  process: "login" | "connect" = "login",
): void {
  const form = document.createElement("form");
  form.method = "post";
  form.action = addressOf("auth/provider/redirect");
  const csrf = /(?:^|; )csrftoken=([^;]*)/.exec(document.cookie)?.[1] ?? "";
  const values = { provider, process, callback_url: path, csrfmiddlewaretoken: csrf };
  for (const [name, value] of Object.entries(values)) {
    const input = document.createElement("input");
    Object.assign(input, { type: "hidden", name, value });
    form.append(input);
  }
  document.body.append(form);
  form.submit();
}

/** The identities that are connected with one's account. */
export function identities(): Promise<Identity[]> {
  return ask("account/providers");
}

/** Returns those that are left; `ApiError` 400 when one could not sign in any more. */
export function disconnect({ provider, uid }: Identity): Promise<Identity[]> {
  const body = { provider: provider.id, account: uid };
  return ask("account/providers", { method: "DELETE", body });
}
