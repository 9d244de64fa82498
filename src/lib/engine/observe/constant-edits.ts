import { joinLines } from './script-lines.js';

/** A command that may change what a script has written, or is about to write. */
interface Edit {
  readonly command: string;
  /** The same, also where the constant is on its own line: `echo … | sed … > file`. */
  readonly isPiped: boolean;
}

const EDITOR = /(?:^|[\s;&|(])(sed|perl|g?awk|jq|yq|tr|python3?|ruby)\s/;
const PIPED = /\|\s*(?:sudo\s+)?(?:sed|perl|g?awk|jq|yq|tr|python3?|ruby)\s/;
/** Writes its file: by itself, or into what is given. A log, or `/dev/null`, does not configure Consul. */
const IN_PLACE = /\s(?:-[a-zA-Z]*i\S*|--in-place\S*|--inplace)(?=\s|$)/;
const REDIRECTED = /(?<![\d&>])>{1,2}\s*(?![&>(]|["']?\/(?:dev|proc|var\/log)\/)|\|\s*(?:sudo\s+)?(?:tee|sponge)\b/;
/** Files of the operating system. */
const SYSTEM_FILE =
  /\s["']?\/(?:boot|proc|sys|root|home|etc\/(?:apt|default|dhcp|dnsmasq|fstab|host|ld|login|logrotate|modules|nsswitch|ntp|pam|profile|resolv|rsyslog|security|selinux|ssh|sudoers|sysconfig|sysctl|systemd\/(?!system\/)|yum))[^\s$*?]*["']?\s*(?:$|[;&|)])/;
/** What only prints a part of what it reads, or the same in another layout, or sets one key: `.retry_join = […]`. */
const HARMLESS: readonly RegExp[] = [
  /\bjq\s+(?:-\S+\s+)*\.[\w.[\]]*(?=\s|$|\))/,
  /\bjq\s+(?:-\S+\s+)*(["'])\s*\.[\w\s.[\]"\\|]*\1/,
  /\bjq\s+(?:-\S+\s+)*(["'])\s*\.\w[\w.]*\s*\+?=(?!=)(?![^'\n]*(?:\.\.|\$|\bkeys|entries|walk|map|input|reduce|\|))[^'\n]*\1/,
  /awk\s+(?:-F\s*\S+\s+)*'[^'{]*\{\s*print\b[^'}]*\}\s*'/,
  /\bpython3?\s+-m\s+json\.tool\b/,
];
const SUBSTITUTION = /(?<![\w/])s([/|#,@!:;%~])((?:(?!\1).){0,200})\1/g;

/** The commands of a script that may edit a setting; not those that edit files of the operating system. */
export function listEdits(text: string): readonly Edit[] {
  return joinLines(text).flatMap(({ text: command }) => {
    if (!EDITOR.test(command) || SYSTEM_FILE.test(command) || HARMLESS.some((one) => one.test(command))) return [];
    const isPiped = PIPED.test(command);
    return isPiped || IN_PLACE.test(command) || REDIRECTED.test(command) ? [{ command, isPiped }] : [];
  });
}

/**
 * Whether a constant may be another after the script wrote it. A substitution whose pattern needs letters or digits that
 * the setting does not have edits something else.
 *
 * @param line where the constant is
 */
export function isEditedLater(edits: readonly Edit[], line: string, value: number): boolean {
  const forms = `${line}\n"bootstrap_expect": ${value}, bootstrap_expect = ${value} -bootstrap-expect=${value}`;
  return edits.some(
    ({ command, isPiped }) => (isPiped || !command.includes(line.trim())) && mayEdit(command, line, forms),
  );
}

function mayEdit(command: string, line: string, forms: string): boolean {
  const editor = EDITOR.exec(command)?.[1];
  // A pipe that ends in a variable writes no file; the line itself may be what goes through it.
  if (!IN_PLACE.test(command) && !REDIRECTED.test(command) && !command.includes(line.trim())) return false;
  if (editor !== 'sed' && editor !== 'perl') return true;
  if (/\s-\w*f\s|\by[/|#,]/.test(command)) return true;
  const patterns = [...command.matchAll(SUBSTITUTION)].map(([, , from = '']) => from);
  const setting = command.includes(line.trim()) ? forms.slice(line.length) : forms;
  return patterns.some((from) => mayMatch(from, setting)) || (editor === 'perl' && patterns.length === 0);
}

/** False only if the pattern needs a run of characters that the setting does not have. */
function mayMatch(pattern: string, setting: string): boolean {
  return pattern.split('|').some((alternative) => {
    const plain = alternative.replace(/\$\{?\w*\}?|\[[^\]]*\]\S?|\\[a-zA-Z]|.[*?]|.\\[?{]/g, ' ').replaceAll('\\', '');
    const needed = plain.match(/[\w.@]+/g) ?? [];
    return needed.every((run) => setting.includes(run));
  });
}
