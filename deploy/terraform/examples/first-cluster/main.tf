# Five servers in the default VPC of an account. Copy it, and point source at where the module is.
terraform {
  required_version = ">= 1.5"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.0"
    }
  }
}

provider "aws" {
  # What consul-roll writes on a group while it rolls is not Terraform's business.
  ignore_tags {
    key_prefixes = ["consul-roll:"]
  }
}

variable "ami_id" {
  description = "Image of the servers. After a roll: the image rolled onto."
  type        = string
}

variable "user_data_file" {
  description = "The boot script: consul-roll user-data --cluster consul --bootstrap-expect 5 > boot.sh"
  type        = string
  default     = "boot.sh"
}

data "aws_vpc" "this" {
  default = true
}

data "aws_subnets" "this" {
  filter {
    name   = "vpc-id"
    values = [data.aws_vpc.this.id]
  }
}

module "consul" {
  source = "../.."

  name       = "consul"
  ami_id     = var.ami_id
  servers    = 5
  vpc_id     = data.aws_vpc.this.id
  subnet_ids = data.aws_subnets.this.ids
  user_data  = file(var.user_data_file)

  agent_cidr_blocks    = [data.aws_vpc.this.cidr_block]
  operator_cidr_blocks = [data.aws_vpc.this.cidr_block]
}

output "load_balancer_dns_name" {
  description = "Where Consul's HTTP API is."
  value       = module.consul.load_balancer_dns_name
}
