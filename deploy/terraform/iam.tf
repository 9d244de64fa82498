data "aws_partition" "current" {}

data "aws_iam_policy_document" "assume" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["ec2.${data.aws_partition.current.dns_suffix}"]
    }
  }
}

# All a server needs of AWS: to find the other servers. AWS knows no narrower resource for this action.
data "aws_iam_policy_document" "find_servers" {
  statement {
    actions   = ["ec2:DescribeInstances"]
    resources = ["*"]
  }
}

resource "aws_iam_role" "server" {
  count = var.iam_instance_profile == null ? 1 : 0

  name_prefix        = "${var.name}-"
  assume_role_policy = data.aws_iam_policy_document.assume.json
  tags               = var.tags
}

resource "aws_iam_role_policy" "find_servers" {
  count = var.iam_instance_profile == null ? 1 : 0

  name   = "find-servers"
  role   = aws_iam_role.server[0].name
  policy = data.aws_iam_policy_document.find_servers.json
}

resource "aws_iam_instance_profile" "server" {
  count = var.iam_instance_profile == null ? 1 : 0

  name_prefix = "${var.name}-"
  role        = aws_iam_role.server[0].name
  tags        = var.tags
}
