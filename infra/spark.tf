# Where the same statements run on many machines.
locals {
  on_emr  = contains(["both", "emr-serverless"], var.spark)
  on_glue = contains(["both", "glue"], var.spark)
  has_job = local.on_emr || local.on_glue
  # Each run names its own program; Glue wants the name of one all the same.
  jobs = "${local.lake}/_saldo/jobs"
  logs = "${local.results}/spark"
  # Glue appends what the driver printed, and all else.
  glue_logs = "/aws-glue/jobs/${var.name}"
}

resource "aws_emrserverless_application" "lake" {
  count         = local.on_emr ? 1 : 0
  name          = var.name
  type          = "spark"
  release_label = "emr-7.10.0"
  maximum_capacity {
    cpu    = "${4 * var.spark_workers} vCPU"
    memory = "${16 * var.spark_workers} GB"
  }
  auto_start_configuration {
    enabled = true
  }
  auto_stop_configuration {
    enabled              = true
    idle_timeout_minutes = 5
  }
}

resource "aws_glue_job" "lake" {
  count             = local.on_glue ? 1 : 0
  name              = var.name
  role_arn          = aws_iam_role.job[0].arn
  glue_version      = "5.0"
  worker_type       = "G.1X"
  number_of_workers = var.spark_workers
  timeout           = 240
  max_retries       = 0
  command {
    name            = "glueetl"
    script_location = "${local.jobs}/job.py"
    python_version  = "3"
  }
  default_arguments = {
    "--enable-auto-scaling"    = "true"
    "--custom-logGroup-prefix" = local.glue_logs
    "--enable-metrics"         = "true"
    "--job-bookmark-option"    = "job-bookmark-disable"
    "--TempDir"                = "${local.results}/glue/"
  }
  # One writer at a time, as the lake's lease has it.
  execution_property {
    max_concurrent_runs = 1
  }
}

resource "aws_cloudwatch_log_group" "glue" {
  for_each          = toset(local.on_glue ? ["error", "output"] : [])
  name              = "${local.glue_logs}/${each.key}"
  retention_in_days = var.log_days
}

# A model that stands beside the forecasts of the explorer.
resource "aws_sagemaker_model" "forecast" {
  count                    = var.model == null ? 0 : 1
  name                     = "${var.name}-forecast"
  execution_role_arn       = aws_iam_role.model[0].arn
  enable_network_isolation = true
  primary_container {
    image          = var.model.image
    model_data_url = var.model.data
  }
}

resource "aws_sagemaker_endpoint_configuration" "forecast" {
  count = var.model == null ? 0 : 1
  name  = "${var.name}-forecast"
  production_variants {
    variant_name = "only"
    model_name   = aws_sagemaker_model.forecast[0].name
    serverless_config {
      memory_size_in_mb = var.model.memory_mb
      max_concurrency   = 2
    }
  }
}

resource "aws_sagemaker_endpoint" "forecast" {
  count                = var.model == null ? 0 : 1
  name                 = "${var.name}-forecast"
  endpoint_config_name = aws_sagemaker_endpoint_configuration.forecast[0].name
}
