variable "name" {
  description = "Name of the cluster: the load balancer's, the servers' Name tag, and the prefix of every other name."
  type        = string
  default     = "consul"

  validation {
    condition     = can(regex("^[a-zA-Z0-9]([a-zA-Z0-9-]{0,30}[a-zA-Z0-9])?$", var.name))
    error_message = "The name is a load balancer's too: 1 to 32 letters, digits and hyphens, none at either end."
  }
}

variable "ami_id" {
  description = "Image of the servers, with Consul installed and configured. After a roll: the image rolled onto."
  type        = string

  validation {
    condition     = can(regex("^ami-[0-9a-z]+$", var.ami_id))
    error_message = "Give the id of an image, for instance ami-0abcdef1234567890."
  }
}

variable "vpc_id" {
  description = "VPC of the security groups; needed unless security_group_ids and load_balancer_security_group_ids are given."
  type        = string
  default     = null
}

variable "subnet_ids" {
  description = "Subnets of the servers and of the load balancer, one an availability zone."
  type        = list(string)

  validation {
    condition     = length(var.subnet_ids) > 0 && length(distinct(var.subnet_ids)) == length(var.subnet_ids)
    error_message = "Give at least one subnet, and each only once."
  }
}

variable "servers" {
  description = "How many servers: 3 stand the loss of one, 5 of two, 7 of three."
  type        = number
  default     = 5

  validation {
    condition     = contains([3, 5, 7], var.servers)
    error_message = "A cluster has 3, 5 or 7 servers."
  }
}

variable "template" {
  description = "What the group launches from: launch-configuration, or launch-template. AWS gives no launch configurations to accounts made since October 2024."
  type        = string
  default     = "launch-template"

  validation {
    condition     = contains(["launch-configuration", "launch-template"], var.template)
    error_message = "It is launch-configuration or launch-template."
  }
}

variable "instance_type" {
  description = "Instance type of the servers."
  type        = string
  default     = "t3.medium"
}

variable "key_name" {
  description = "Key pair for SSH; null for none."
  type        = string
  default     = null
}

variable "user_data" {
  description = "Boot script, at most 16 KB, without secrets: the output of consul-roll user-data. Null starts an image that is configured whole."
  type        = string
  default     = null

  validation {
    condition     = var.user_data == null || can(regex("^#!", var.user_data))
    error_message = "A boot script begins with #!; give its text, not its path and not its base64."
  }

  validation {
    condition     = var.user_data == null || length(base64encode(coalesce(var.user_data, "#"))) <= 21848
    error_message = "Amazon EC2 takes no more than 16 KB of user data."
  }
}

variable "root_volume" {
  description = "Root disk: type, size in GiB, whether encrypted."
  type = object({
    type      = optional(string, "gp3")
    size      = optional(number, 10)
    encrypted = optional(bool, true)
  })
  default = {}

  validation {
    condition     = contains(["gp2", "gp3"], var.root_volume.type) && var.root_volume.size >= 1
    error_message = "The type is gp2 or gp3, the size at least 1 GiB."
  }
}

variable "iam_instance_profile" {
  description = "Name of an instance profile that allows ec2:DescribeInstances; null to make one that allows only that."
  type        = string
  default     = null
}

variable "security_group_ids" {
  description = "Security groups of the servers; empty to make one."
  type        = list(string)
  default     = []
}

variable "load_balancer_security_group_ids" {
  description = "Security groups of the load balancer; empty to make one."
  type        = list(string)
  default     = []
}

variable "agent_cidr_blocks" {
  description = "Where Consul's client agents run: gossip and RPC are open to these, and the load balancer is."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for block in var.agent_cidr_blocks : can(cidrhost(block, 0))])
    error_message = "Each is an IPv4 range like 10.0.0.0/16."
  }
}

variable "operator_cidr_blocks" {
  description = "Where consul-roll runs: the servers' HTTP API is open to these on each server's own address."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for block in var.operator_cidr_blocks : can(cidrhost(block, 0))])
    error_message = "Each is an IPv4 range like 10.0.0.0/16."
  }
}

variable "internal" {
  description = "Whether the load balancer has private addresses only. Consul's HTTP API has no place on the internet."
  type        = bool
  default     = true
}

variable "load_balancer_port" {
  description = "Port of the load balancer; it forwards to port 8500 of the servers."
  type        = number
  default     = 80

  validation {
    condition     = var.load_balancer_port >= 1 && var.load_balancer_port <= 65535
    error_message = "A port is between 1 and 65535."
  }
}

variable "health_check" {
  description = "The load balancer's check. The usual HTTP:8500/v1/status/leader passes on a server in no cluster, too."
  type = object({
    target              = optional(string, "HTTP:8500/v1/catalog/nodes?stale")
    interval            = optional(number, 30)
    timeout             = optional(number, 3)
    healthy_threshold   = optional(number, 2)
    unhealthy_threshold = optional(number, 2)
  })
  default = {}

  validation {
    condition     = var.health_check.timeout < var.health_check.interval
    error_message = "The timeout must be shorter than the interval."
  }
}

variable "connection_draining_timeout" {
  description = "Seconds the load balancer gives open connections of a server that leaves; 0 for none."
  type        = number
  default     = 60

  validation {
    condition     = var.connection_draining_timeout >= 0 && var.connection_draining_timeout <= 3600
    error_message = "AWS takes 0 to 3600 seconds."
  }
}

variable "wait_for_servers" {
  description = "How many servers must be in service before terraform apply comes back from making the group; null for a quorum, 0 not to wait."
  type        = number
  default     = null

  validation {
    condition     = var.wait_for_servers == null || coalesce(var.wait_for_servers, 0) >= 0
    error_message = "It is 0 or more."
  }
}

variable "tags" {
  description = "Tags of everything, the servers included; Name is the cluster's."
  type        = map(string)
  default     = {}

  validation {
    condition     = alltrue([for key in keys(var.tags) : key != "Name" && !startswith(key, "consul-roll:")])
    error_message = "Name is set by the variable name, and consul-roll: is consul-roll's."
  }
}
