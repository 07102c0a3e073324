# The container that runs by itself.
resource "aws_ecr_repository" "saldo" {
  name                 = var.name
  image_tag_mutability = "IMMUTABLE"
  image_scanning_configuration {
    scan_on_push = true
  }
}

resource "aws_cloudwatch_log_group" "task" {
  name              = "/${var.name}/task"
  retention_in_days = var.log_days
}

# Its value is put by hand, so that it is in no state of Terraform's.
resource "aws_secretsmanager_secret" "app_id" {
  count                   = var.rates_source == "oxr" ? 1 : 0
  name                    = "${var.name}/openexchangerates/app_id"
  description             = "The app_id of Open Exchange Rates"
  recovery_window_in_days = 7
}

resource "aws_ecs_cluster" "lake" {
  name = var.name
  setting {
    name  = "containerInsights"
    value = "enabled"
  }
}

locals {
  # In the order of their names. Crawlers of their own tell of new months where saldo does not.
  commands = merge(
    { run = ["run", "--json", "--wait", "1800"] },
    local.crawled ? {} : { tell = ["catalog", "sync", "--yes", "--database", aws_glue_catalog_database.lake.name] },
  )
}

resource "aws_ecs_task_definition" "run" {
  family                   = "${var.name}-run"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = var.task.cpu
  memory                   = var.task.memory
  execution_role_arn       = aws_iam_role.execution.arn
  task_role_arn            = aws_iam_role.task.arn
  ephemeral_storage {
    size_in_gib = var.task.disk
  }
  runtime_platform {
    operating_system_family = "LINUX"
    cpu_architecture        = "X86_64"
  }
  volume {
    name = "work"
  }
  container_definitions = jsonencode([for name, command in local.commands : {
    name    = name
    image   = "${aws_ecr_repository.saldo.repository_url}:${var.schedule.image_tag}"
    command = command
    # The task ends with its last command, which begins when the one before it has ended: a run with a problem in the data has
    # published the lake all the same.
    essential              = name == reverse(keys(local.commands))[0]
    dependsOn              = name == "run" ? [] : [{ containerName = "run", condition = "COMPLETE" }]
    user                   = "65532:65532"
    readonlyRootFilesystem = true
    linuxParameters        = { capabilities = { drop = ["ALL"] }, initProcessEnabled = true }
    mountPoints            = [{ sourceVolume = "work", containerPath = "/var/lib/saldo", readOnly = false }]
    environment = [
      { name = "AWS_REGION", value = var.region },
      { name = "SALDO_LAKE", value = local.lake },
      { name = "SALDO_RATES_SOURCE", value = var.rates_source },
    ]
    secrets = [for secret in aws_secretsmanager_secret.app_id : { name = "OPENEXCHANGE_APP_ID", valueFrom = secret.arn }]
    logConfiguration = {
      logDriver = "awslogs"
      options = {
        "awslogs-group"         = aws_cloudwatch_log_group.task.name
        "awslogs-region"        = var.region
        "awslogs-stream-prefix" = "task"
      }
    }
  }])
}

resource "aws_scheduler_schedule" "run" {
  name                         = "${var.name}-run"
  schedule_expression          = var.schedule.expression
  schedule_expression_timezone = var.schedule.timezone
  flexible_time_window {
    mode = "OFF"
  }
  target {
    arn      = aws_ecs_cluster.lake.arn
    role_arn = aws_iam_role.scheduler.arn
    ecs_parameters {
      # Without a revision, so that the newest one runs.
      task_definition_arn = aws_ecs_task_definition.run.arn_without_revision
      launch_type         = "FARGATE"
      network_configuration {
        subnets          = var.subnet_ids
        security_groups  = [aws_security_group.closed.id]
        assign_public_ip = var.assign_public_ip
      }
    }
    retry_policy {
      maximum_retry_attempts       = 2
      maximum_event_age_in_seconds = 3600
    }
  }
}
