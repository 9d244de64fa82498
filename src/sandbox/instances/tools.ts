import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { findProgram } from './binary.js';
import { type Containment, findContainment, isVisible, NO_CONTAINMENT } from './containment.js';

/** What a boot script may call of this machine: plain tools that change nothing but the files they are given. */
const PLAIN =
  'awk base64 basename bash cat chmod cmp cp cut date dirname egrep env expr false find fold grep gunzip gzip head jq ln ls mkdir mktemp mv nl od openssl paste printf pwd readlink realpath rm rmdir sed seq sh sha256sum sleep sort stat tail tar tee test timeout touch tr true uname uniq unzip wc which xargs'.split(
    ' ',
  );
/** What a process lacks compared with a machine: its own host name, services, changing file owners. */
const SHIMS = ['systemctl', 'supervisorctl', 'chown', 'chgrp'];

/** Sends its arguments to the sandbox, and exits with its answer. The answer's only line of interest is X-Exit. */
const ASK = `# Replaces a program that this machine lacks, or that must not change it. The sandbox answers instead.
LC_ALL=C
words=''
for word in "\${0##*/}" "$@"; do words="$words\${#word}:$word,"; done
exec 3<> "/dev/tcp/\${SANDBOX_MACHINE/:/\\/}" || exit 127
printf 'POST /%s/shim HTTP/1.0\\r\\nContent-Length: %s\\r\\n\\r\\n%s' "$SANDBOX_TOKEN" "\${#words}" "$words" >&3
status=127
while IFS= read -r line <&3; do
  line=\${line%$'\\r'}
  case $line in [Xx]-[Ee]xit:*) status=\${line#*: } ;; '') break ;; esac
done
text=''
while IFS= read -r line <&3; do text="$text$line"$'\\n'; done
text="$text$line"
if [ "$status" = 0 ]; then printf '%s' "$text"; else printf '%s' "$text" >&2; fi
exit "$status"
`;

/** In the script's own containment: the sandbox would follow a link that a script put in the place of the file. */
const HOSTNAMECTL = `# Sets the host name on the disk of the instance.
words=()
for word in "$@"; do case $word in -*) ;; *) words+=("$word") ;; esac; done
case \${words[0]:-} in
  set-hostname | hostname) [ -z "\${words[1]:-}" ] || printf '%s\\n' "\${words[1]}" > "$SANDBOX_FOLDER/root/etc/hostname" ;;
esac
`;

/** The Consul in the instance's image. */
const CONSUL = 'exec "$SANDBOX_CONSUL" "$@"\n';

/** The default search path. */
const USUAL_PATH = '/usr/local/bin:/usr/bin:/bin';

/** The programs that boot scripts find, for all instances of a sandbox. */
export interface Tools {
  /** The folder that is a boot script's whole PATH. */
  readonly folder: string;
  readonly bash: string;
  /** What a contained script reads of this machine: the folder, and programs that are elsewhere than a system's. */
  readonly needed: readonly string[];
  readonly containment: Containment;
}

/**
 * Lays out the programs for boot scripts.
 *
 * @param folder made here
 * @param found `aws` is the path of a real one, undefined for a shim; `consul` whether images have one
 * @returns undefined on a machine without bash
 */
export function createTools(
  folder: string,
  found: { readonly env: NodeJS.ProcessEnv; readonly aws: string | undefined; readonly consul: boolean },
): Tools | undefined {
  const path = found.env.PATH ?? USUAL_PATH;
  const bash = findProgram('bash', path);
  if (bash === undefined) return undefined;
  mkdirSync(folder, { mode: 0o700 });
  const plain = PLAIN.flatMap((name) => findProgram(name, path) ?? []);
  for (const target of plain) link(folder, basename(target), target);
  program(folder, 'hostnamectl', bash, HOSTNAMECTL);
  if (found.consul) program(folder, 'consul', bash, CONSUL);
  link(folder, 'aws', found.aws);
  const curl = findProgram('curl', path);
  if (curl !== undefined) program(folder, 'curl', bash, curlTo(curl));
  const missing = [...(found.aws === undefined ? ['aws'] : []), ...(curl === undefined ? ['curl'] : [])];
  for (const name of [...SHIMS, ...missing]) program(folder, name, bash, ASK);
  const elsewhere = [bash, ...plain, ...(curl === undefined ? [] : [curl])].filter((one) => !isVisible(one));
  // A real aws may be a script with libraries beside it, in the home folder.
  const isAwsHidden = found.aws !== undefined && !isVisible(found.aws);
  const containment = isAwsHidden ? NO_CONTAINMENT : findContainment({ PATH: path });
  return { folder, bash, needed: [folder, ...elsewhere], containment };
}

/**
 * The real curl, to which the metadata service's address is the instance's own. The password for it is in a file, as every
 * user of this machine may read command lines, and curl sends it to that address alone.
 */
function curlTo(curl: string): string {
  const password = '--netrc-optional --netrc-file "$SANDBOX_FOLDER/netrc"';
  return `exec '${curl}' --connect-to "169.254.169.254:80:$SANDBOX_MACHINE" ${password} "$@"\n`;
}

function link(folder: string, name: string, target: string | undefined): void {
  if (target !== undefined) symlinkSync(target, join(folder, name));
}

function program(folder: string, name: string, bash: string, text: string): void {
  const path = join(folder, name);
  writeFileSync(path, `#!${bash}\n${text}`);
  chmodSync(path, 0o700);
}
