# Create an ELB load balancer to sit in front
resource "aws_elb" "consul" {
    name = "consul"
    subnets = ["s-abc123"]
    security_groups = ["sg-abc123"]

    listener {
        instance_port = 8500
        instance_protocol = "http"
        lb_port = 80
        lb_protocol = "http"
    }

    health_check {
        healthy_threshold = 2
        unhealthy_threshold = 2
        timeout = 3
        target = "HTTP:8500/v1/status/leader"
        interval = 30
    }
    
    lifecycle {
        create_before_destroy = true
    }
}

# Define the ASG
resource "aws_autoscaling_group" "consul" {
    name = "consul - ${aws_launch_configuration.consul.name}"
    launch_configuration = "${aws_launch_configuration.consul.name}"
    desired_capacity = 5
    min_size = 3
    max_size = 5
    min_elb_capacity = 3
    load_balancers = ["${aws_elb.consul.id}"]

    lifecycle {
        create_before_destroy = true
    }
    
    tag {
        key = "Name"
        value = "consul"
        propagate_at_launch = true
    }
}

# Define it's Launch Configuration
resource "aws_launch_configuration" "consul" {
    image_id  = "ami-abc123"
    instance_type = "t2.medium"
    key_name = "deploy-key"
    security_groups = ["sg-abc123"]

    # Make sure our instance has a policy which grants read-only access to EC2 API
    iam_instance_profile = "arn:aws:iam::0123456789:some_profile/ec2"

    # More on user_data later on
    user_data = "${template_file.consul_userdata.rendered}"

    root_block_device {
        volume_type = "gp2"
        volume_size = 10
    }

    lifecycle {
        create_before_destroy = true
    }
}
