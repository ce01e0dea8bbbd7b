/** The account of whoever is signed in: addresses, factors, sessions and the rest that the server has. */
import * as account from "./account";
import * as atProviders from "./providers";
import { Reauthentication } from "./reauthentication.svelte";

type Passkey = Extract<account.Authenticator, { type: "webauthn" }>;

export class OwnAccount {
  readonly asking = new Reauthentication();
  /** Null until loaded. */
  addresses: readonly account.EmailAddress[] | null = $state.raw(null);
  authenticators: readonly account.Authenticator[] | null = $state.raw(null);
  sessions: readonly account.OpenSession[] | null = $state.raw(null);
  tokens: readonly account.ApiToken[] | null = $state.raw(null);
  /** What can be connected here, and what is. */
  providers: readonly atProviders.Provider[] = $state.raw([]);
  identities: readonly atProviders.Identity[] = $state.raw([]);
  failure: Error | null = $state.raw(null);
  /** Recovery codes to be kept now: they are shown once. */
  codes: readonly string[] = $state.raw([]);

  hasTotp = $derived(this.authenticators?.some(({ type }) => type === "totp") ?? false);
  passkeys: readonly Passkey[] = $derived(
    this.authenticators?.filter((one): one is Passkey => one.type === "webauthn") ?? [],
  );
  codesLeft = $derived(this.#codesLeft());

  /** Load or load anew; what was there stays until the answers. */
  async load(): Promise<void> {
    try {
      [this.addresses, this.authenticators, this.sessions, this.tokens] = await Promise.all([
        account.emailAddresses(),
        account.authenticators(),
        account.sessions(),
        account.tokens(),
      ]);
      await this.#loadProviders();
      this.failure = null;
    } catch (error) {
      this.failure = error as Error;
    }
  }

  async changeEmail(email: string): Promise<void> {
    this.addresses = await this.asking.confirmed(() => account.changeEmail(email));
  }

  /** Switch two-step sign-in on, and show its recovery codes. */
  async activateTotp(code: string): Promise<void> {
    await this.asking.confirmed(() => account.activateTotp(code));
    await this.#factorsChanged();
    await this.showCodes();
  }

  async deactivateTotp(): Promise<void> {
    await this.asking.confirmed(account.deactivateTotp);
    await this.#factorsChanged();
  }

  /** Show the codes that were made with the first factor; they are shown once only. */
  async showCodes(): Promise<void> {
    this.codes = await this.asking.confirmed(account.recoveryCodes);
  }

  async renewCodes(): Promise<void> {
    this.codes = await this.asking.confirmed(account.newRecoveryCodes);
    await this.#factorsChanged();
  }

  async addPasskey(name: string): Promise<void> {
    const hadCodes = this.codesLeft !== null;
    await this.asking.confirmed(() => account.addPasskey(name));
    await this.#factorsChanged();
    if (!hadCodes && this.codesLeft !== null) await this.showCodes();
  }

  async removePasskey(id: number): Promise<void> {
    await this.asking.confirmed(() => account.removePasskey(id));
    await this.#factorsChanged();
  }

  /** Leave for a provider's page to connect it; the server wants a fresh proof of who does. */
  async connect(provider: atProviders.Provider): Promise<void> {
    await this.asking.confirm(await account.reauthenticationFlows());
    atProviders.leaveForProvider(provider.id, "/account", "connect");
  }

  async disconnect(identity: atProviders.Identity): Promise<void> {
    this.identities = await this.asking.confirmed(() => atProviders.disconnect(identity));
  }

  async endSessions(ids: number[]): Promise<void> {
    this.sessions = await account.endSessions(ids);
  }

  /** Make a token and return its text, which is told this once. */
  async createToken(name: string, days: number): Promise<string> {
    const { token } = await this.asking.confirmed(() => account.createToken(name, days));
    this.tokens = await account.tokens();
    return token;
  }

  async deleteToken(id: account.ApiToken["id"]): Promise<void> {
    await account.deleteToken(id);
    this.tokens = await account.tokens();
  }

  async #loadProviders(): Promise<void> {
    const { providers } = await account.offers();
    if (providers.length > 0) this.identities = await atProviders.identities();
    this.providers = providers;
  }

  async #factorsChanged(): Promise<void> {
    this.authenticators = await account.authenticators();
  }

  #codesLeft(): number | null {
    const codes = this.authenticators?.find(({ type }) => type === "recovery_codes");
    return codes?.type === "recovery_codes" ? codes.unused_code_count : null;
  }
}
