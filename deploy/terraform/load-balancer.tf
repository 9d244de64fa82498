resource "aws_elb" "this" {
  name            = var.name
  internal        = var.internal
  subnets         = var.subnet_ids
  security_groups = local.load_balancer_security_groups

  listener {
    instance_port     = 8500
    instance_protocol = "http"
    lb_port           = var.load_balancer_port
    lb_protocol       = "http"
  }

  health_check {
    target              = var.health_check.target
    interval            = var.health_check.interval
    timeout             = var.health_check.timeout
    healthy_threshold   = var.health_check.healthy_threshold
    unhealthy_threshold = var.health_check.unhealthy_threshold
  }

  connection_draining         = var.connection_draining_timeout > 0
  connection_draining_timeout = var.connection_draining_timeout > 0 ? var.connection_draining_timeout : 300

  tags = var.tags
}
