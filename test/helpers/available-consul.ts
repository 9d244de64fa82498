import type { ConsulChoice } from '../../src/sandbox/instances/consul-choice.js';
import { realConsul } from '../sandbox/instances/real-consul.js';

/** Real servers where this machine has a consul, simulated ones elsewhere: for tests that hold with both. */
export const availableConsul: ConsulChoice =
  realConsul === undefined ? { kind: 'simulated' } : { kind: 'path', path: realConsul.path };
