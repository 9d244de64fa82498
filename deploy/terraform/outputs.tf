output "group_name" {
  description = "Name of the Auto Scaling group: for consul-roll --group, where the cluster's name fits several."
  value       = aws_autoscaling_group.this.name
}

output "template_name" {
  description = "Name of the launch configuration or launch template."
  value       = one(concat(aws_launch_configuration.this[*].name, aws_launch_template.this[*].name))
}

output "load_balancer_dns_name" {
  description = "Where clients reach Consul's HTTP API, at load_balancer_port."
  value       = aws_elb.this.dns_name
}

output "server_security_group_ids" {
  description = "Security groups of the servers."
  value       = local.server_security_groups
}

output "load_balancer_security_group_ids" {
  description = "Security groups of the load balancer."
  value       = local.load_balancer_security_groups
}

output "iam_instance_profile" {
  description = "Instance profile of the servers."
  value       = local.instance_profile
}
