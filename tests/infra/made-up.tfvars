region       = "eu-west-1"
vpc_id       = "vpc-0123456789abcdef0"
subnet_ids   = ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1", "subnet-0123456789abcdef2"]
alarm_emails = ["lake@example.com"]
