/** A group and its parts as an old state file has them: two modules deep, with keys, and a deposed object. */
export function stateFile(group: string, template: string) {
  const part = { module: 'module.eu["a,b"].module.consul', mode: 'managed' };
  const named = { autoscaling_group_name: group };
  return {
    version: 4,
    terraform_version: '1.11.4',
    resources: [
      { mode: 'data', type: 'aws_ami', name: 'consul', instances: [{ attributes: { id: 'ami-1' } }] },
      { mode: 'managed', type: 'aws_autoscaling_group', name: 'other', instances: [{ attributes: { name: 'other' } }] },
      {
        ...part,
        type: 'aws_autoscaling_group',
        name: 'this',
        instances: [{ deposed: 'a1b2', attributes: { name: group } }, { attributes: { name: group } }],
      },
      {
        ...part,
        type: 'aws_launch_configuration',
        name: 'this',
        instances: [{ index_key: 0, attributes: { name: template, user_data_base64: 'IyEvYmluL3No' } }],
      },
      {
        ...part,
        type: 'aws_autoscaling_policy',
        name: 'grow',
        instances: [{ index_key: 'busy', attributes: { ...named, name: 'grow-busy' } }],
      },
      {
        mode: 'managed',
        type: 'aws_autoscaling_schedule',
        name: 'night',
        instances: [{ attributes: { ...named, scheduled_action_name: 'night' } }],
      },
      {
        mode: 'managed',
        type: 'aws_autoscaling_lifecycle_hook',
        name: 'leave',
        instances: [{ attributes: { ...named, name: 'leave' } }],
      },
      {
        mode: 'managed',
        type: 'aws_autoscaling_group_tag',
        name: 'team',
        instances: [{ attributes: { ...named, tag: [{ key: 'team', value: 'infra' }] } }],
      },
      {
        mode: 'managed',
        type: 'aws_autoscaling_notification',
        name: 'mail',
        instances: [{ attributes: { group_names: ['other', group] } }],
      },
      {
        mode: 'managed',
        type: 'aws_autoscaling_attachment',
        name: 'strange',
        instances: [{ attributes: { autoscaling_group_name: 'other' } }],
      },
    ],
  };
}

/** The same group in what `terraform show -json` prints. */
export function shownState(group: string, template: string) {
  return {
    format_version: '1.0',
    terraform_version: '1.11.4',
    values: {
      root_module: {
        resources: [
          { address: 'data.aws_ami.consul', mode: 'data', type: 'aws_ami', name: 'consul', values: { id: 'ami-1' } },
        ],
        child_modules: [
          {
            address: 'module.consul',
            resources: [
              {
                address: 'module.consul.aws_autoscaling_group.this',
                mode: 'managed',
                type: 'aws_autoscaling_group',
                name: 'this',
                values: { name: group },
              },
              {
                address: 'module.consul.aws_launch_configuration.this[0]',
                mode: 'managed',
                type: 'aws_launch_configuration',
                name: 'this',
                index: 0,
                values: { name: template, user_data: 'b4a835fa' },
              },
            ],
          },
        ],
      },
    },
  };
}
