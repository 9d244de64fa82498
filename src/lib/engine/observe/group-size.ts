/** The size of a named group, and nothing made of it: by a query of the AWS CLI, or by jq. */
const GROUP_SIZE =
  /^aws\s[^|;&`]*\bdescribe-auto-scaling-groups\s[^|;&`]*--auto-scaling-group-names?[\s=]+(?:"([^"|;&`]+)"|'([^'|;&`]+)'|([^\s"'|;&`]+))(?:\s[^|;&`]*?)?(?:\s--query[\s=]+|\|\s*jq\s+(?:-\S+\s+)*)(["']?)[\w.[\]*]*\.DesiredCapacity\4(?:\s[^|;&`]*)?$/;

/** Where an instance reads which group it is in: by a call, or from the tag that Auto Scaling gives it. */
const OWN_GROUP = /\bdescribe-auto-scaling-instances\b|\baws:autoscaling:groupName\b/;

/**
 * Whether what is assigned is one command, in a substitution that nothing follows, that reads the desired capacity of the
 * instance's own group: of another group it may be any number.
 *
 * @param assigned the text from the value on
 * @param text the script, its lines joined
 * @param group the name of the group that launches with the script, if it is known
 */
export function isGroupSize(assigned: string, text: string, group: string | undefined): boolean {
  const command = findSubstitution(assigned);
  if (command === undefined) return false;
  const [, quoted, single, bare] = GROUP_SIZE.exec(command) ?? [];
  const name = quoted ?? single ?? bare;
  if (name === undefined) return false;
  const variable = /^\$\{?(\w+)\}?$/.exec(name)?.[1];
  return variable === undefined ? name === group : isOwnGroup(variable, text);
}

function isOwnGroup(variable: string, text: string): boolean {
  const values = [...text.matchAll(new RegExp(`(?<![\\w$-])${variable}=["']?`, 'g'))].map(({ 0: all, index }) =>
    findSubstitution(text.slice(index + all.length)),
  );
  return values.length > 0 && values.every((one) => one !== undefined && OWN_GROUP.test(one));
}

/** What is in the `$(…)` that a text begins with, if the command ends there. */
function findSubstitution(text: string): string | undefined {
  return /^\$\(((?:[^()]|\((?:[^()]|\([^()]*\))*\))*)\)["']?\s*(?:$|[\n;])/.exec(text)?.[1]?.trim();
}
