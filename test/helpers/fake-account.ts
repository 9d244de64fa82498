import { facts } from './intents.js';

/** What a made-up AWS account says that no roll changes; every preflight check of it passes. */
export class FakeAccount {
  /** Images that exist: their names by id. */
  readonly images = new Map<string, string>();

  async account(): Promise<string> {
    return '123456789012';
  }

  async image(id: string) {
    const name = this.images.get(id);
    return name === undefined ? undefined : { id, name, architecture: 'x86_64', state: 'available' };
  }

  async architectures() {
    return facts().architectures;
  }

  async refreshInProgress(): Promise<boolean> {
    return false;
  }

  async freeAddresses() {
    return facts().subnets;
  }

  async targetGroups() {
    return facts().targetGroups;
  }

  async sharers() {
    return facts().sharers;
  }

  async inexpressible() {
    return facts().inexpressible;
  }

  async notCopied() {
    return facts().notCopied;
  }

  async quota() {
    return facts().quota;
  }
}
