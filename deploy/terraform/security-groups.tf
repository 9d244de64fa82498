locals {
  make_server_group        = length(var.security_group_ids) == 0
  make_load_balancer_group = length(var.load_balancer_security_group_ids) == 0

  # https://developer.hashicorp.com/consul/docs/reference/architecture/ports
  agent_ports = {
    rpc         = { protocol = "tcp", from = 8300, to = 8300 }
    serf        = { protocol = "tcp", from = 8301, to = 8301 }
    serf-gossip = { protocol = "udp", from = 8301, to = 8301 }
    dns         = { protocol = "tcp", from = 8600, to = 8600 }
    dns-udp     = { protocol = "udp", from = 8600, to = 8600 }
  }

  # Every rule of the servers' group, by a name that says which, so that none of them moves when another comes.
  server_rules = merge(
    {
      members     = { protocol = "tcp", from = 8300, to = 8302, group = "server", cidr = null }
      members-udp = { protocol = "udp", from = 8301, to = 8302, group = "server", cidr = null }
      balancer    = { protocol = "tcp", from = 8500, to = 8500, group = "load-balancer", cidr = null }
    },
    {
      for pair in setproduct(keys(local.agent_ports), var.agent_cidr_blocks) :
      "${pair[0]}-${pair[1]}" => merge(local.agent_ports[pair[0]], { group = null, cidr = pair[1] })
    },
    {
      for block in var.operator_cidr_blocks :
      "operator-${block}" => { protocol = "tcp", from = 8500, to = 8500, group = null, cidr = block }
    },
  )
}

resource "aws_security_group" "server" {
  count = local.make_server_group ? 1 : 0

  name_prefix = "${var.name}-server-"
  description = "Consul servers of ${var.name}"
  vpc_id      = var.vpc_id
  tags        = merge(var.tags, { Name = "${var.name}-server" })

  lifecycle {
    # Servers and the load balancer hold on to it until they have the next one.
    create_before_destroy = true
    precondition {
      condition     = var.vpc_id != null
      error_message = "Give vpc_id, or security_group_ids."
    }
  }
}

resource "aws_vpc_security_group_ingress_rule" "server" {
  for_each = local.make_server_group ? local.server_rules : {}

  security_group_id            = aws_security_group.server[0].id
  description                  = each.key
  ip_protocol                  = each.value.protocol
  from_port                    = each.value.from
  to_port                      = each.value.to
  cidr_ipv4                    = each.value.cidr
  referenced_security_group_id = each.value.group == null ? null : each.value.group == "server" ? aws_security_group.server[0].id : local.load_balancer_security_groups[0]
}

resource "aws_vpc_security_group_egress_rule" "server" {
  count = local.make_server_group ? 1 : 0

  security_group_id = aws_security_group.server[0].id
  description       = "AWS's API, and the other servers"
  ip_protocol       = "-1"
  cidr_ipv4         = "0.0.0.0/0"
}

resource "aws_security_group" "load_balancer" {
  count = local.make_load_balancer_group ? 1 : 0

  name_prefix = "${var.name}-lb-"
  description = "Load balancer of ${var.name}"
  vpc_id      = var.vpc_id
  tags        = merge(var.tags, { Name = "${var.name}-lb" })

  lifecycle {
    create_before_destroy = true
    precondition {
      condition     = var.vpc_id != null
      error_message = "Give vpc_id, or load_balancer_security_group_ids."
    }
  }
}

resource "aws_vpc_security_group_ingress_rule" "load_balancer" {
  for_each = local.make_load_balancer_group ? toset(var.agent_cidr_blocks) : []

  security_group_id = aws_security_group.load_balancer[0].id
  description       = "clients"
  ip_protocol       = "tcp"
  from_port         = var.load_balancer_port
  to_port           = var.load_balancer_port
  cidr_ipv4         = each.value
}

resource "aws_vpc_security_group_egress_rule" "load_balancer" {
  for_each = local.make_load_balancer_group ? { for index, id in local.server_security_groups : tostring(index) => id } : {}

  security_group_id            = aws_security_group.load_balancer[0].id
  description                  = "servers"
  ip_protocol                  = "tcp"
  from_port                    = 8500
  to_port                      = 8500
  referenced_security_group_id = each.value
}
