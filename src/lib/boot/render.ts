import { commonConfig } from './consul-config.js';
import { autoJoinPrefix, instanceFilters, listsInstances } from './discovery.js';
import type { BootOptions } from './options.js';
import { gossipKey } from './parts/gossip-key.js';
import { metadata, ownTags } from './parts/metadata.js';
import { founding, joining, joinListed, listing, mayList, mustList } from './parts/peers.js';
import { prologue, speech } from './parts/prologue.js';
import { clearing, instanceConfig, starting } from './parts/state.js';
import { quoted } from './quoted.js';

/**
 * The boot script of a cluster's servers, for bash 4.2 and later. Whatever the options say stands in it as a quoted
 * word or as JSON, so that none of it is ever run.
 */
export function renderBootScript(options: BootOptions): string {
  return [
    prologue,
    variables(options),
    speech,
    metadata,
    ...tagCheck(options),
    ...discovery(options),
    clearing,
    gossipKey(options.gossipKey),
    common(options),
    instanceConfig,
    starting,
  ].join('');
}

function variables({ configDir, dataDir, bootstrapExpect }: BootOptions): string {
  return `
config_dir=${quoted(configDir)}
data_dir=${quoted(dataDir)}
bootstrap_expect=${bootstrapExpect}
`;
}

/** The metadata service serves no tag whose key has other characters. */
const readableKey = /^[\w.:@=+,-]+$/;

function tagCheck({ tags }: BootOptions): string[] {
  const tag = tags.find(({ key }) => readableKey.test(key));
  if (tag === undefined) return [];
  return [`\ntag_key=${quoted(tag.key)}\ntag_value=${quoted(tag.value)}`, ownTags];
}

function discovery(options: BootOptions): string[] {
  const { peers, tags, retryJoin, bootstrapExpect } = options;
  const described = peers === 'describe-instances';
  const listed = listsInstances(options)
    ? [`\nfilters=${quoted(instanceFilters(tags))}`, listing, described ? mustList : mayList]
    : [];
  const founders = bootstrapExpect > 0 ? [founding] : [];
  const [tag] = tags;
  const found =
    described || tag === undefined ? joinListed : `joins ${quoted(autoJoinPrefix(tag))}"$region\\""\n`;
  const fixed = retryJoin.map((entry) => `joins ${quoted(JSON.stringify(entry))}\n`);
  return [...listed, ...founders, joining, found, ...fixed];
}

/** JSON of several lines: none of them can be the word that ends the text. */
function common(options: BootOptions): string {
  return `
cat > "$config_dir/zz-10-consul-roll.json" << 'CONSUL_ROLL'
${JSON.stringify(commonConfig(options), undefined, 2)}
CONSUL_ROLL
`;
}
