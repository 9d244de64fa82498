locals {
  quorum = floor(var.servers / 2) + 1
  # An image that is configured whole, cloud auto-join included, need only be started.
  user_data = coalesce(var.user_data, "#!/bin/bash\nsystemctl start consul\n")

  instance_profile              = coalesce(var.iam_instance_profile, one(aws_iam_instance_profile.server[*].name))
  server_security_groups        = coalescelist(var.security_group_ids, aws_security_group.server[*].id)
  load_balancer_security_groups = coalescelist(var.load_balancer_security_group_ids, aws_security_group.load_balancer[*].id)
}
