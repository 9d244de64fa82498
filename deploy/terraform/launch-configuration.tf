resource "aws_launch_configuration" "this" {
  count = var.template == "launch-configuration" ? 1 : 0

  name_prefix          = "${var.name}-"
  image_id             = var.ami_id
  instance_type        = var.instance_type
  key_name             = var.key_name
  iam_instance_profile = local.instance_profile
  security_groups      = local.server_security_groups
  user_data            = local.user_data

  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
  }

  root_block_device {
    volume_type = var.root_volume.type
    volume_size = var.root_volume.size
    encrypted   = var.root_volume.encrypted
  }

  lifecycle {
    # It cannot be changed, only replaced, and not deleted while the group still launches from it.
    create_before_destroy = true
    ignore_changes        = [name, name_prefix]
  }
}
