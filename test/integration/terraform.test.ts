import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TerraformSetting } from '../../src/lib/terraform/import.js';
import { getImage } from '../../src/sandbox/aws/images.js';
import { openSite, type TestSite } from '../helpers/site.js';
import { hasTerraform, openTerraform, type Terraform, warnIfNoTerraform } from '../helpers/terraform.js';
import { articleFor, saying } from './terraform/article.js';

warnIfNoTerraform("the article's Terraform, rolled, imported and planned again");

const MODULE = fileURLToPath(new URL('../../deploy/terraform', import.meta.url));
const OLD = getImage('consul-v1').imageId;
const NEW = getImage('consul-v2').imageId;
/** A minute where nothing else runs; Terraform and its provider are many seconds of a processor's time. */
const LIMIT_MS = 300_000;

let site: TestSite;
let terraform: Terraform;
let folder: string;

const path = (name: string) => join(folder, name);
const roll = (cluster: string, flags: string) =>
  site.run(
    `upgrade --cluster ${cluster} --ami ${NEW} --yes --json --interval 100ms --success-threshold 1 ` +
      `--snapshot-dir ${site.folder} ${flags}`,
  );

/** The provider, and the module in both variants, in security groups and with a profile that are there already. */
function surroundings(): string {
  const module = (name: string, template: string, imageId: string) => `
module "${name}" {
  source                           = "./module"
  name                             = "${name}"
  ami_id                           = "${imageId}"
  template                         = "${template}"
  servers                          = 3
  instance_type                    = "t2.medium"
  subnet_ids                       = data.aws_subnets.all.ids
  security_group_ids               = data.aws_security_groups.all.ids
  load_balancer_security_group_ids = data.aws_security_groups.all.ids
  iam_instance_profile             = "consul"
  load_balancer_port               = 8500
  user_data                        = file("${name}.sh")
  wait_for_servers                 = 2
  health_check                     = { interval = 5 }
}
`;
  return `
provider "aws" {
}

data "aws_subnets" "all" {}
data "aws_security_groups" "all" {}
${module('lc', 'launch-configuration', OLD)}${module('lt', 'launch-template', OLD)}${module('kept', 'launch-template', OLD)}`;
}

interface Told {
  readonly commands: readonly string[];
  readonly settings: readonly TerraformSetting[];
}

describe.skipIf(!hasTerraform)('a cluster that Terraform made', () => {
  beforeAll(async () => {
    site = await openSite({ size: 0, speed: 30, consul: { kind: 'simulated' } });
    folder = join(site.folder, 'configuration');
    mkdirSync(folder);
    cpSync(MODULE, path('module'), { recursive: true });
    for (const [cluster, size] of Object.entries({ consul: 5, lc: 3, lt: 3, kept: 3 })) {
      const { stdout } = await site.run(`user-data --cluster ${cluster} --bootstrap-expect ${size}`);
      writeFileSync(path(`${cluster}.sh`), stdout);
    }
    writeFileSync(path('article.tf'), articleFor(site.sandbox.aws, OLD));
    writeFileSync(path('main.tf'), surroundings());
    terraform = await openTerraform(folder, site.env);
    const applied = await terraform.run('terraform apply -auto-approve -no-color -input=false');
    expect(applied.stderr).toBe('');
    expect(applied.exitCode).toBe(0);
  }, LIMIT_MS);

  afterAll(async () => {
    await site.close();
  }, 30_000);

  it(
    'is rolled, and after what the roll says about Terraform a plan is empty',
    async () => {
      const state = path('terraform.tfstate');
      const ends = await Promise.all([
        roll('consul', `--write-import ${path('article-import.tf')}`),
        ...['lc --strategy in-place', 'lt', 'kept --strategy in-place'].map((cluster, index) =>
          roll(cluster, `--terraform-state ${state} --write-import ${path(`import-${index}.tf`)}`),
        ),
      ]);
      expect(ends.map(({ exitCode }) => exitCode)).toEqual([0, 0, 0, 0]);
      const told: Told[] = ends.map(({ stdout }) => JSON.parse(stdout).terraform);
      const before = site.sandbox.aws.call('ec2', 'DescribeInstances', {});

      for (const command of told.flatMap(({ commands }) => commands)) {
        expect(await terraform.run(command)).toMatchObject({ exitCode: 0 });
      }
      const settings = told.flatMap((each) => each.settings);
      writeFileSync(path('article.tf'), saying(readFileSync(path('article.tf'), 'utf8'), settings));
      const main = saying(readFileSync(path('main.tf'), 'utf8'), told[0]?.settings ?? []);
      writeFileSync(path('main.tf'), main.replaceAll(OLD, NEW));
      const applied = await terraform.run('terraform apply -auto-approve -no-color -input=false');
      expect(applied.stdout + applied.stderr).toContain('Plan: 4 to import, 0 to add, 2 to change, 0 to destroy.');

      const planned = await terraform.run('terraform plan -detailed-exitcode -no-color -input=false');
      expect(planned.stdout + planned.stderr).toContain('No changes.');
      expect(planned.exitCode).toBe(0);
      expect(site.sandbox.aws.call('ec2', 'DescribeInstances', {})).toEqual(before);
    },
    LIMIT_MS,
  );
});
