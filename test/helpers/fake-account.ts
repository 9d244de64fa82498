import { buildFacts } from './intents.js';

/** What a made-up AWS account says that no roll changes; every preflight check of it passes. */
export class FakeAccount {
  /** Images that exist: their names by id. */
  readonly images = new Map<string, string>();

  async readAccountId(): Promise<string> {
    return '123456789012';
  }

  async findImage(id: string) {
    const name = this.images.get(id);
    return name === undefined ? undefined : { id, name, architecture: 'x86_64', state: 'available' };
  }

  async findArchitectures() {
    return buildFacts().architectures;
  }

  async isRefreshInProgress(): Promise<boolean> {
    return false;
  }

  async countFreeAddresses() {
    return buildFacts().subnets;
  }

  async describeTargetGroups() {
    return buildFacts().targetGroups;
  }

  async listLaunchTemplateUsers() {
    return buildFacts().launchTemplateUsers;
  }

  async findUnsupportedSettings() {
    return buildFacts().unsupportedSettings;
  }

  async listNotCopied() {
    return buildFacts().notCopied;
  }

  async readQuota() {
    return buildFacts().quota;
  }
}
