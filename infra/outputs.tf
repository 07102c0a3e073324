# The settings of saldo: `tofu output -json | saldo config from-terraform -` writes them to saldo.toml. What is not made is null,
# and left out there.
output "saldo" {
  description = "Settings of saldo, as saldo.toml has them."
  value = {
    lake     = local.lake
    database = aws_glue_catalog_database.lake.name
    aliases  = ["spectrum_schema"]
    targets = {
      athena = {
        kind      = "athena"
        region    = var.region
        database  = aws_glue_catalog_database.lake.name
        workgroup = aws_athena_workgroup.lake.name
      }
      redshift = var.redshift == null ? null : {
        kind      = "redshift"
        region    = var.region
        database  = aws_redshiftserverless_namespace.lake[0].db_name
        schema    = "spectrum_schema"
        workgroup = aws_redshiftserverless_workgroup.lake[0].workgroup_name
        output    = "${local.results}/redshift"
        role      = aws_iam_role.spectrum[0].arn
      }
      emr = !local.on_emr ? null : {
        kind        = "emr-serverless"
        region      = var.region
        application = aws_emrserverless_application.lake[0].id
        role        = aws_iam_role.job[0].arn
        logs        = local.logs
      }
      glue = !local.on_glue ? null : {
        kind   = "glue"
        region = var.region
        job    = aws_glue_job.lake[0].name
        logs   = aws_cloudwatch_log_group.glue["output"].name
      }
    }
    crawlers = !local.crawled ? null : {
      raw    = "${var.name}-raw"
      tables = "${var.name}-tables"
    }
    forecast = var.model == null ? null : { model = "sagemaker:${aws_sagemaker_endpoint.forecast[0].name}" }
    rates    = { source = var.rates_source }
  }
}

output "policies" {
  description = "ARNs of the policies to attach to people and machines."
  value       = { for name, policy in aws_iam_policy.this : name => policy.arn }
}

output "repository" {
  description = "Where the image is pushed."
  value       = aws_ecr_repository.saldo.repository_url
}

output "app_id_secret" {
  description = "The secret that waits for the app_id of Open Exchange Rates."
  value       = one([for secret in aws_secretsmanager_secret.app_id : secret.name])
}

output "deliveries" {
  description = "Where raw files of others arrive."
  value       = local.raw
}

output "crawlers" {
  description = "Crawlers in the order in which they are started: raw before the job, tables after it; none where saldo catalog sync tells of the tables."
  value       = [for name in ["raw", "tables"] : aws_glue_crawler.this[name].name if local.crawled]
}
