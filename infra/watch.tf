# Who is told when something failed, or costs more than was thought.
resource "aws_sns_topic" "trouble" {
  name = "${var.name}-trouble"
}

resource "aws_sns_topic_subscription" "mail" {
  for_each  = toset(var.alarm_emails)
  topic_arn = aws_sns_topic.trouble.arn
  protocol  = "email"
  endpoint  = each.key
}

locals {
  tell_trouble = { Effect = "Allow", Action = "sns:Publish", Resource = aws_sns_topic.trouble.arn }
  who_tells_trouble = [
    # EventBridge sends nothing to a topic whose policy has a condition for it.
    merge(local.tell_trouble, { Sid = "Events", Principal = { Service = ["events.amazonaws.com"] } }),
    merge(local.tell_trouble, {
      Sid       = "OwnServices"
      Principal = { Service = ["cloudwatch.amazonaws.com", "budgets.amazonaws.com"] }
      Condition = { StringEquals = { "aws:SourceAccount" = local.account } }
    }),
  ]
}

resource "aws_sns_topic_policy" "trouble" {
  arn    = aws_sns_topic.trouble.arn
  policy = jsonencode({ Version = "2012-10-17", Statement = local.who_tells_trouble })
}

locals {
  # A task that ended with another code than 0 or never began, and jobs that failed.
  failures = merge(
    {
      task-failed = {
        source      = ["aws.ecs"]
        detail-type = ["ECS Task State Change"]
        detail = {
          clusterArn = [aws_ecs_cluster.lake.arn]
          lastStatus = ["STOPPED"]
          containers = { exitCode = [{ anything-but = [0] }] }
        }
      }
      task-not-begun = {
        source      = ["aws.ecs"]
        detail-type = ["ECS Task State Change"]
        detail = {
          clusterArn = [aws_ecs_cluster.lake.arn]
          lastStatus = ["STOPPED"]
          stopCode   = ["TaskFailedToStart"]
        }
      }
    },
    !local.on_emr ? {} : {
      emr-failed = {
        source      = ["aws.emr-serverless"]
        detail-type = ["EMR Serverless Job Run State Change"]
        detail      = { applicationId = [aws_emrserverless_application.lake[0].id], state = ["FAILED"] }
      }
    },
    !local.on_glue ? {} : {
      glue-failed = {
        source      = ["aws.glue"]
        detail-type = ["Glue Job State Change"]
        detail      = { jobName = [aws_glue_job.lake[0].name], state = ["FAILED", "TIMEOUT"] }
      }
    },
  )
}

resource "aws_cloudwatch_event_rule" "failure" {
  for_each      = local.failures
  name          = "${var.name}-${each.key}"
  event_pattern = jsonencode(each.value)
}

resource "aws_cloudwatch_event_target" "failure" {
  for_each  = local.failures
  rule      = aws_cloudwatch_event_rule.failure[each.key].name
  target_id = "trouble"
  arn       = aws_sns_topic.trouble.arn
}

# The schedule itself could not start the task.
resource "aws_cloudwatch_metric_alarm" "not_started" {
  alarm_name          = "${var.name}-not-started"
  alarm_description   = "The schedule could not start the task"
  namespace           = "AWS/Scheduler"
  metric_name         = "TargetErrorCount"
  dimensions          = { ScheduleGroup = "default" }
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = 1
  threshold           = 0
  comparison_operator = "GreaterThanThreshold"
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.trouble.arn]
}

resource "aws_budgets_budget" "month" {
  # The costs of GovCloud stand in the account outside that it belongs to, and budgets with them.
  count        = local.partition == "aws-us-gov" ? 0 : 1
  name         = var.name
  budget_type  = "COST"
  time_unit    = "MONTHLY"
  limit_amount = tostring(var.budget_dollars)
  limit_unit   = "USD"
  cost_filter {
    name   = "TagKeyValue"
    values = [format("user:project$%s", var.name)]
  }
  dynamic "notification" {
    for_each = { ACTUAL = 80, FORECASTED = 100 }
    content {
      notification_type          = notification.key
      comparison_operator        = "GREATER_THAN"
      threshold                  = notification.value
      threshold_type             = "PERCENTAGE"
      subscriber_sns_topic_arns  = [aws_sns_topic.trouble.arn]
      subscriber_email_addresses = []
    }
  }
}
