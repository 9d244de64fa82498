import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TerraformSetting } from '../../../src/lib/terraform/import.js';
import type { SandboxAws } from '../../../src/sandbox/aws/sandbox-aws.js';
import { ROOT } from '../../helpers/root.js';

/**
 * The article's own Terraform, its placeholders replaced. Besides, the group says where its servers are, which
 * AWS asks for since there is no EC2-Classic any more, the boot script is a file, and the load balancer checks as
 * often as AWS lets it, or a test would wait for its checks above all.
 *
 * @param choice what a group that is there already has; any security group, and the profile `ec2`, when left out
 */
export function articleFor(
  world: SandboxAws,
  imageId: string,
  choice: { readonly profile?: string; readonly securityGroupId?: string } = {},
): string {
  const { Subnets = [] } = world.call('ec2', 'DescribeSubnets', {});
  const { SecurityGroups = [] } = world.call('ec2', 'DescribeSecurityGroups', {});
  const subnets = Subnets.map((subnet) => `"${subnet.SubnetId}"`).join(', ');
  const real: readonly (readonly [string, string])[] = [
    ['"s-abc123"', subnets],
    ['sg-abc123', choice.securityGroupId ?? SecurityGroups[0]?.GroupId ?? ''],
    ['ami-abc123', imageId],
    [
      'arn:aws:iam::0123456789:some_profile/ec2',
      `arn:aws:iam::${world.accountId}:instance-profile/${choice.profile ?? 'ec2'}`,
    ],
    [`"\${template_file.consul_userdata.rendered}"`, 'file("consul.sh")'],
    ['interval = 30', 'interval = 5'],
    ['lb_port = 80\n', 'lb_port = 8500\n'],
    ['min_elb_capacity = 3', `min_elb_capacity = 3\n    vpc_zone_identifier = [${subnets}]`],
  ];
  const article = readFileSync(join(ROOT, 'test/integration/terraform/article.tf'), 'utf8');
  return real.reduce((text, [placeholder, value]) => {
    if (!text.includes(placeholder)) throw new Error(`the article says nothing of ${placeholder}`);
    return text.replaceAll(placeholder, value);
  }, article);
}

/** A minimal configuration as an operator would write it. */
export function saying(configuration: string, settings: readonly TerraformSetting[]): string {
  return settings.reduce(
    (text, { block, lines }) => lines.reduce((edited, line) => withLine(edited, block, line), text),
    configuration,
  );
}

function withLine(text: string, block: string, line: string): string {
  const start = text.indexOf(headOf(block));
  if (start < 0) return text;
  const end = text.indexOf('\n}', start);
  return text.slice(0, start) + edited(text.slice(start, end), line) + text.slice(end);
}

function headOf(block: string): string {
  const [type, name] = block.split('.');
  return name === undefined ? `${block} {` : `resource "${type}" "${name}" {`;
}

/** One argument is replaced; what belongs into a block goes into the one there is. */
function edited(body: string, line: string): string {
  const [, name = '', inside = ''] = /^(\w+) \{ (.*) \}$/.exec(line) ?? [];
  if (body.includes(`${name} {`) && name !== '') return body.replace(`${name} {`, `${name} {\n  ${inside}`);
  if (name !== '') return `${body}\n  ${name} {\n    ${inside}\n  }`;
  const [argument = ''] = line.split(' ');
  return body.replace(new RegExp(`^( *)${argument}\\s*=.*$`, 'm'), `$1${line}`);
}
