/** A port for each test file that starts a sandbox from the command line: no two share one, for files run side by side, and
 * all lie below the range that Linux takes outgoing ports from (32768), where another process may hold any. */
export const PORTS = {
  action: 24_970,
  commands: 24_980,
  hooks: 24_990,
  sandboxCommands: 25_000,
  package: 25_010,
  secrets: 25_020,
} as const;
