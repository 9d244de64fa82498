import type { NothingToAdopt } from '../../terraform/adoption.js';

/** Why Terraform needs to be told nothing, and what not to do meanwhile. */
export function describeNothingToAdopt(because: NothingToAdopt): string {
  switch (because) {
    case 'rolled-back':
      return 'nothing to import: its state names the group the cluster still runs in.';
    case 'nothing-changed':
      return 'nothing to import: this command changed nothing.';
    case 'not-ended':
      return 'nothing to import before the roll has ended; until then, run no terraform apply.';
  }
}
