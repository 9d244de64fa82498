data "aws_ami" "server" {
  count = var.template == "launch-template" ? 1 : 0

  filter {
    name   = "image-id"
    values = [var.ami_id]
  }
}

# A change makes a new version of it, so nothing is ever replaced here.
resource "aws_launch_template" "this" {
  count = var.template == "launch-template" ? 1 : 0

  name_prefix            = "${var.name}-"
  image_id               = var.ami_id
  instance_type          = var.instance_type
  key_name               = var.key_name
  vpc_security_group_ids = local.server_security_groups
  user_data              = base64encode(local.user_data)

  iam_instance_profile {
    name = local.instance_profile
  }

  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
  }

  block_device_mappings {
    device_name = data.aws_ami.server[0].root_device_name
    ebs {
      volume_type = var.root_volume.type
      volume_size = var.root_volume.size
      encrypted   = var.root_volume.encrypted
    }
  }

  tags = var.tags

  lifecycle {
    # A roll adds a version, and describes it.
    ignore_changes = [name, name_prefix, description]
  }
}
