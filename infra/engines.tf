# Where SQL runs: Athena, and Redshift with Spectrum.
resource "aws_athena_workgroup" "lake" {
  name          = var.name
  force_destroy = true
  configuration {
    enforce_workgroup_configuration    = true
    bytes_scanned_cutoff_per_query     = var.athena_cutoff_bytes
    publish_cloudwatch_metrics_enabled = true
    engine_version {
      selected_engine_version = "Athena engine version 3"
    }
    result_configuration {
      output_location = "${local.results}/athena/"
      encryption_configuration {
        encryption_option = "SSE_S3"
      }
    }
  }
}

resource "aws_redshiftserverless_namespace" "lake" {
  count          = var.redshift == null ? 0 : 1
  namespace_name = var.name
  db_name        = "dev"
  # AWS makes the administrator's password and keeps it in Secrets Manager; it is in no state of Terraform's.
  manage_admin_password = true
  default_iam_role_arn  = aws_iam_role.spectrum[0].arn
  iam_roles             = [aws_iam_role.spectrum[0].arn]
  log_exports           = ["userlog", "connectionlog", "useractivitylog"]
}

resource "aws_redshiftserverless_workgroup" "lake" {
  count                = var.redshift == null ? 0 : 1
  namespace_name       = aws_redshiftserverless_namespace.lake[0].namespace_name
  workgroup_name       = var.name
  base_capacity        = var.redshift.capacity
  subnet_ids           = var.subnet_ids
  security_group_ids   = [aws_security_group.closed.id]
  publicly_accessible  = false
  enhanced_vpc_routing = false
}

resource "aws_redshiftserverless_usage_limit" "lake" {
  count         = var.redshift == null ? 0 : 1
  resource_arn  = aws_redshiftserverless_workgroup.lake[0].arn
  usage_type    = "serverless-compute"
  period        = "monthly"
  amount        = var.redshift.hours_a_month
  breach_action = "deactivate"
}

# Nobody comes in; what runs inside speaks TLS to the outside.
resource "aws_security_group" "closed" {
  name        = "${var.name}-closed"
  description = "No way in, TLS out"
  vpc_id      = var.vpc_id
}

resource "aws_vpc_security_group_egress_rule" "tls" {
  security_group_id = aws_security_group.closed.id
  description       = "AWS and the sources of exchange rates"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  cidr_ipv4         = "0.0.0.0/0"
}
