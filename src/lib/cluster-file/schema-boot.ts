import { z } from 'zod';
import { ownedByScript } from '../boot/consul-config.js';
import { bootDefaults } from '../boot/options.js';
import { secretIn } from '../settings/extra-config.js';
import { flag, listOf, mapOf, text, word } from '../yaml-file/values.js';

const FOLDER = 'an absolute path, two folders deep or more';
const folder = text(/^(\/(?!\.+(\/|$))[\w.-]+){2,}$/, FOLDER);

/** Laid over Consul's configuration; neither what the script writes itself, nor anything secret. */
const configuration = z
  .record(z.string(), z.json(), { error: 'Consul’s options, as keys and values' })
  .superRefine((config, context) => {
    const own = Object.keys(config).filter((name) => name in ownedByScript);
    for (const key of own) {
      context.addIssue({ code: 'custom', path: [key], message: 'nothing: the boot script writes it itself' });
    }
    const rest = Object.fromEntries(Object.entries(config).filter(([key]) => !own.includes(key)));
    const secret = secretIn(rest, []);
    if (secret === undefined) return;
    const message =
      'no secret, since whoever may describe a server reads its user data: bake it into the image';
    context.addIssue({ code: 'custom', path: [...secret], message });
  });

/** What the boot script is made of: as the flags of `consul-roll user-data`. */
export const bootSchema = mapOf({
  peers: word(['describe-instances', 'cloud-auto-join'])
    .default(bootDefaults.peers)
    .meta({ description: 'Who finds the other servers: the script once, or Consul as often as it tries.' }),
  retryJoin: listOf(text(/./, 'what Consul takes as retry_join'), 0, 'a list of addresses')
    .default([])
    .meta({ description: 'Joined besides those found.' }),
  datacenter: text(/^[a-z0-9_-]+$/, 'small letters, digits, dashes and underscores')
    .optional()
    .meta({ description: 'Consul’s datacenter; its own default is dc1.' }),
  gossipKeyFrom: text(/^(ssm|secretsmanager):.+$/, 'ssm:PARAMETER or secretsmanager:SECRET')
    .optional()
    .meta({ description: 'Where a server reads the gossip key when it boots.' }),
  configDir: folder
    .default(bootDefaults.configDir)
    .meta({ description: 'Where the service reads its configuration.' }),
  dataDir: folder.default(bootDefaults.dataDir).meta({ description: 'Consul’s data.' }),
  extraConfig: configuration
    .default({})
    .meta({ description: 'Laid over Consul’s configuration; no secrets.' }),
  gzip: flag().default(false).meta({ description: 'Compressed, where it would be more than EC2 takes.' }),
});
