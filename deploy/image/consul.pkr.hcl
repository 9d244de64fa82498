# An image for consul-roll's clusters: Amazon Linux 2023 with the aws command, Consul and its service.
#
#   packer init deploy/image
#   packer build -var consul_version=1.21.1 -var consul_sha256=... deploy/image

packer {
  required_version = ">= 1.9.0"
  required_plugins {
    amazon = {
      source  = "github.com/hashicorp/amazon"
      version = ">= 1.2.8"
    }
  }
}

variable "consul_version" {
  type        = string
  description = "For instance 1.21.1."
  validation {
    condition     = can(regex("^[0-9]+\\.[0-9]+\\.[0-9]+(\\+ent)?$", var.consul_version))
    error_message = "Write it as 1.21.1."
  }
}

variable "consul_sha256" {
  type        = string
  description = "Of the zip for this version and architecture, from HashiCorp's signed SHA256SUMS."
  validation {
    condition     = can(regex("^[0-9a-f]{64}$", var.consul_sha256))
    error_message = "A SHA-256 has 64 hexadecimal digits."
  }
}

variable "region" {
  type    = string
  default = "eu-west-1"
}

variable "architecture" {
  type        = string
  default     = "x86_64"
  description = "x86_64 or arm64; that of the cluster's instance type."
  validation {
    condition     = contains(["x86_64", "arm64"], var.architecture)
    error_message = "Use x86_64 or arm64."
  }
}

variable "subnet_id" {
  type        = string
  default     = null
  description = "Where the image is built; the default VPC when left out."
}

variable "encrypt" {
  type        = bool
  default     = true
  description = "Whether the image's disk is encrypted, with the account's default key."
}

locals {
  stamp         = formatdate("YYYYMMDD-hhmmss", timestamp())
  instance_type = var.architecture == "arm64" ? "t4g.small" : "t3.small"
  consul_arch   = var.architecture == "arm64" ? "arm64" : "amd64"
}

source "amazon-ebs" "consul" {
  region        = var.region
  subnet_id     = var.subnet_id
  instance_type = local.instance_type
  ssh_username  = "ec2-user"
  ami_name      = "consul-${replace(var.consul_version, "+", "-")}-${local.stamp}"
  encrypt_boot  = var.encrypt

  # Instances of this image answer version 2 of the metadata service alone, as the one that builds it does.
  imds_support = "v2.0"
  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
  }

  source_ami_filter {
    owners      = ["amazon"]
    most_recent = true
    filters = {
      name                = "al2023-ami-2023.*-kernel-*-${var.architecture}"
      architecture        = var.architecture
      root-device-type    = "ebs"
      virtualization-type = "hvm"
    }
  }

  tags = {
    Name          = "consul"
    ConsulVersion = var.consul_version
    SourceImage   = "{{ .SourceAMI }}"
  }
}

build {
  sources = ["source.amazon-ebs.consul"]

  provisioner "file" {
    source      = "${path.root}/consul.service"
    destination = "/tmp/consul.service"
  }

  provisioner "shell" {
    script = "${path.root}/install.sh"
    environment_vars = [
      "CONSUL_VERSION=${var.consul_version}",
      "CONSUL_SHA256=${var.consul_sha256}",
      "CONSUL_ARCH=${local.consul_arch}",
    ]
  }
}
