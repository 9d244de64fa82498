resource "aws_autoscaling_group" "this" {
  name_prefix         = "${var.name}-"
  vpc_zone_identifier = var.subnet_ids
  load_balancers      = [aws_elb.this.name]

  min_size         = local.quorum
  max_size         = var.servers
  desired_capacity = var.servers

  # EC2's own: a server that answers badly is Consul's business, and replacing several at once is how a quorum is lost.
  health_check_type         = "EC2"
  health_check_grace_period = 300
  min_elb_capacity          = coalesce(var.wait_for_servers, local.quorum)

  launch_configuration = one(aws_launch_configuration.this[*].name)

  dynamic "launch_template" {
    for_each = aws_launch_template.this
    content {
      id      = launch_template.value.id
      version = launch_template.value.latest_version
    }
  }

  dynamic "tag" {
    # By ManagedBy consul-roll knows whom to tell of Terraform at the end of a roll.
    for_each = merge({ ManagedBy = "terraform" }, var.tags, { Name = var.name })
    content {
      key                 = tag.key
      value               = tag.value
      propagate_at_launch = true
    }
  }

  lifecycle {
    # consul-roll names the groups it makes. Without this Terraform would replace a group, servers and all, for its name.
    ignore_changes = [name, name_prefix]
  }
}
