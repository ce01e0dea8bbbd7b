/** Passkeys in the browser, by its own reading and writing of WebAuthn's JSON. */

/** True where passkeys can be made and used: newer browsers, on https and localhost. */
export function hasPasskeys(): boolean {
  return (
    typeof PublicKeyCredential === "function" &&
    typeof PublicKeyCredential.parseCreationOptionsFromJSON === "function"
  );
}

/** Make a passkey; raises `PasskeyRefused` when the person, or the device, does not want. */
export async function createPasskey(
  options: PublicKeyCredentialCreationOptionsJSON,
): Promise<unknown> {
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options);
  return jsonOf(navigator.credentials.create({ publicKey }));
}

/** Sign with a passkey that the person chooses; raises `PasskeyRefused`. */
export async function usePasskey(options: PublicKeyCredentialRequestOptionsJSON): Promise<unknown> {
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options);
  return jsonOf(navigator.credentials.get({ publicKey }));
}

/** Nothing came of it: closed, timed out, or no passkey fits. */
export class PasskeyRefused extends Error {
  constructor(readonly reason: string) {
    super(
      reason === "InvalidStateError"
        ? "This device has a passkey for your account already."
        : "No passkey was used. Try again, or go on without one.",
    );
    this.name = "PasskeyRefused";
  }
}

async function jsonOf(asked: Promise<Credential | null>): Promise<unknown> {
  let credential: Credential | null;
  try {
    credential = await asked;
  } catch (error) {
    throw new PasskeyRefused((error as DOMException).name);
  }
  if (!credential) throw new PasskeyRefused("NotAllowedError");
  return (credential as PublicKeyCredential).toJSON();
}
