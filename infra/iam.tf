# Who may do what. Three policies to attach to people and machines:
#
#   reader     asks Athena and Redshift, reads the lake        an analyst
#   writer     makes the lake and tells the catalogue of it    the task, a machine with cron
#   submitter  starts, watches and stops the Spark jobs        an engineer, together with writer
#
# They name the calls that saldo makes, and those that Athena makes with the same rights. Conditions that no emulator looks at are
# marked (condition).
locals {
  lake_arn     = aws_s3_bucket.this["lake"].arn
  results_arn  = aws_s3_bucket.this["results"].arn
  delivery_arn = var.buckets == "two" ? [aws_s3_bucket.this["raw"].arn] : []
  # The account, the region and the repository of an image, which may be another's: AWS has images of its own.
  model_image = var.model == null ? [] : regex("^([0-9]{12})[.]dkr[.]ecr[.]([a-z0-9-]+)[.][^/]+/([^:@]+)", var.model.image)
  glue_arn    = "arn:${local.partition}:glue:${var.region}:${local.account}"
  glue_tables = [
    "${local.glue_arn}:catalog",
    aws_glue_catalog_database.lake.arn,
    "${local.glue_arn}:table/${aws_glue_catalog_database.lake.name}/*",
  ]

  read_lake = [
    {
      Sid      = "ListLake"
      Effect   = "Allow"
      Action   = ["s3:ListBucket", "s3:GetBucketLocation"]
      Resource = concat([local.lake_arn], local.delivery_arn)
    },
    {
      Sid      = "ReadLake"
      Effect   = "Allow"
      Action   = ["s3:GetObject"]
      Resource = [for arn in concat([local.lake_arn], local.delivery_arn) : "${arn}/*"]
    },
  ]
  read_catalogue = [{
    Sid    = "ReadCatalogue"
    Effect = "Allow"
    Action = [
      "glue:GetDatabase", "glue:GetTable", "glue:GetTables", "glue:GetPartition", "glue:GetPartitions", "glue:BatchGetPartition",
    ]
    Resource = local.glue_tables
  }]
  ask_athena = [
    {
      Sid    = "AskAthena"
      Effect = "Allow"
      Action = [
        "athena:GetWorkGroup", "athena:StartQueryExecution", "athena:GetQueryExecution", "athena:BatchGetQueryExecution",
        "athena:ListQueryExecutions", "athena:GetQueryResults", "athena:StopQueryExecution",
      ]
      Resource = [aws_athena_workgroup.lake.arn]
    },
    {
      Sid      = "FindResults"
      Effect   = "Allow"
      Action   = ["s3:ListBucket", "s3:GetBucketLocation", "s3:ListBucketMultipartUploads"]
      Resource = [local.results_arn]
    },
    # saldo removes what it had unloaded once it was read.
    {
      Sid    = "OwnResults"
      Effect = "Allow"
      Action = [
        "s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts",
      ]
      Resource = ["${local.results_arn}/athena/*"]
    },
  ]
  ask_redshift = flatten([for workgroup in aws_redshiftserverless_workgroup.lake : [
    {
      Sid      = "AskRedshift"
      Effect   = "Allow"
      Action   = ["redshift-data:ExecuteStatement", "redshift-serverless:GetCredentials"]
      Resource = [workgroup.arn]
    },
    # These calls name no resource; one sees and stops one's own statements (condition).
    {
      Sid    = "OwnStatements"
      Effect = "Allow"
      Action = [
        "redshift-data:DescribeStatement", "redshift-data:GetStatementResult", "redshift-data:CancelStatement",
        "redshift-data:ListStatements",
      ]
      Resource  = ["*"]
      Condition = { StringEquals = { "redshift-data:statement-owner-iam-userid" = "$${aws:userid}" } }
    },
    # Redshift itself writes what is too large for an answer.
    {
      Sid      = "ReadUnloaded"
      Effect   = "Allow"
      Action   = ["s3:GetObject"]
      Resource = ["${local.results_arn}/redshift/*"]
    },
  ]])
  ask_model = [for endpoint in aws_sagemaker_endpoint.forecast : {
    Sid      = "AskModel"
    Effect   = "Allow"
    Action   = ["sagemaker:InvokeEndpoint"]
    Resource = [endpoint.arn]
  }]

  write_lake = [{
    Sid      = "WriteLake"
    Effect   = "Allow"
    Action   = ["s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"]
    Resource = ["${local.lake_arn}/*"]
  }]
  # Athena writes what `saldo normalise --on` asks for with the same rights, long files in parts.
  insert_lake = local.crawled ? [] : [
    {
      Sid      = "FindPartsOfLake"
      Effect   = "Allow"
      Action   = ["s3:ListBucketMultipartUploads"]
      Resource = [local.lake_arn]
    },
    {
      Sid      = "PartsOfLake"
      Effect   = "Allow"
      Action   = ["s3:ListMultipartUploadParts"]
      Resource = ["${local.lake_arn}/_saldo/staging/*"]
    },
  ]
  # The database is made here, so nobody else makes or deletes one.
  write_catalogue = local.crawled ? [] : [{
    Sid    = "WriteCatalogue"
    Effect = "Allow"
    Action = [
      "glue:CreateTable", "glue:UpdateTable", "glue:DeleteTable", "glue:BatchCreatePartition", "glue:BatchUpdatePartition",
      "glue:DeletePartition",
    ]
    Resource = local.glue_tables
  }]
  start_crawlers = !local.crawled ? [] : [{
    Sid      = "StartCrawlers"
    Effect   = "Allow"
    Action   = ["glue:StartCrawler", "glue:GetCrawler"]
    Resource = [for crawler in aws_glue_crawler.this : crawler.arn]
  }]

  submit_emr = flatten([for application in aws_emrserverless_application.lake : [
    {
      Sid      = "StartOnEmr"
      Effect   = "Allow"
      Action   = ["emr-serverless:StartJobRun", "emr-serverless:GetApplication"]
      Resource = [application.arn]
    },
    {
      Sid      = "WatchOnEmr"
      Effect   = "Allow"
      Action   = ["emr-serverless:GetJobRun", "emr-serverless:CancelJobRun"]
      Resource = ["${application.arn}/jobruns/*"]
    },
    {
      Sid       = "RoleOfTheJob"
      Effect    = "Allow"
      Action    = ["iam:PassRole"]
      Resource  = [aws_iam_role.job[0].arn]
      Condition = { StringEquals = { "iam:PassedToService" = "emr-serverless.amazonaws.com" } }
    },
  ]])
  # Glue has no token for a start, so saldo looks through the runs.
  submit_glue = flatten([for job in aws_glue_job.lake : [
    {
      Sid      = "RunOnGlue"
      Effect   = "Allow"
      Action   = ["glue:StartJobRun", "glue:GetJobRun", "glue:GetJobRuns", "glue:BatchStopJobRun", "glue:GetJob"]
      Resource = [job.arn]
    },
    {
      Sid      = "ReadDriversOnGlue"
      Effect   = "Allow"
      Action   = ["logs:FilterLogEvents"]
      Resource = ["${aws_cloudwatch_log_group.glue["output"].arn}:*"]
    },
  ]])
  submit_files = flatten([for role in aws_iam_role.job : [
    {
      Sid      = "ReadLogs"
      Effect   = "Allow"
      Action   = ["s3:GetObject"]
      Resource = ["${local.results_arn}/spark/*"]
    },
    {
      Sid      = "FindLogs"
      Effect   = "Allow"
      Action   = ["s3:ListBucket"]
      Resource = [local.results_arn]
    },
  ]])

  policies = { for name, statements in {
    reader = concat(local.read_lake, local.read_catalogue, local.ask_athena, local.ask_redshift, local.ask_model)
    writer = concat(
      local.read_lake, local.write_lake, local.insert_lake, local.read_catalogue, local.write_catalogue, local.start_crawlers,
    )
    submitter = concat(local.submit_emr, local.submit_glue, local.submit_files)
  } : name => statements if length(statements) > 0 }

  # Whoever a service acts as. No other account's resources may make it do so (condition).
  trusts = {
    for name, services in {
      task      = ["ecs-tasks.amazonaws.com"]
      scheduler = ["scheduler.amazonaws.com"]
      spectrum  = ["redshift.amazonaws.com", "redshift-serverless.amazonaws.com"]
      job       = concat(local.on_emr ? ["emr-serverless.amazonaws.com"] : [], local.on_glue ? ["glue.amazonaws.com"] : [])
      crawler   = ["glue.amazonaws.com"]
      model     = ["sagemaker.amazonaws.com"]
      } : name => jsonencode({
        Version = "2012-10-17"
        Statement = [{
          Effect    = "Allow"
          Principal = { Service = services }
          Action    = "sts:AssumeRole"
          Condition = { StringEquals = { "aws:SourceAccount" = local.account } }
        }]
    })
  }
}

resource "aws_iam_policy" "this" {
  for_each    = local.policies
  name        = "${var.name}-${each.key}"
  description = "saldo: ${each.key}"
  policy      = jsonencode({ Version = "2012-10-17", Statement = each.value })
}

# The task is a writer.
resource "aws_iam_role" "task" {
  name               = "${var.name}-task"
  assume_role_policy = local.trusts.task
}

resource "aws_iam_role_policy_attachment" "task" {
  for_each   = toset(["writer"])
  role       = aws_iam_role.task.name
  policy_arn = aws_iam_policy.this[each.key].arn
}

# What fetches the image and the secret and writes the log, which the program inside cannot.
resource "aws_iam_role" "execution" {
  name               = "${var.name}-execution"
  assume_role_policy = local.trusts.task
}

resource "aws_iam_role_policy" "execution" {
  name = "start"
  role = aws_iam_role.execution.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      [
        # A token is of no repository.
        { Sid = "Token", Effect = "Allow", Action = ["ecr:GetAuthorizationToken"], Resource = ["*"] },
        {
          Sid      = "Image"
          Effect   = "Allow"
          Action   = ["ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage"]
          Resource = [aws_ecr_repository.saldo.arn]
        },
        {
          Sid      = "Log"
          Effect   = "Allow"
          Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
          Resource = ["${aws_cloudwatch_log_group.task.arn}:*"]
        },
      ],
      [for secret in aws_secretsmanager_secret.app_id : {
        Sid      = "Secret"
        Effect   = "Allow"
        Action   = ["secretsmanager:GetSecretValue"]
        Resource = [secret.arn]
      }],
    )
  })
}

resource "aws_iam_role" "scheduler" {
  name               = "${var.name}-scheduler"
  assume_role_policy = local.trusts.scheduler
}

resource "aws_iam_role_policy" "scheduler" {
  name = "run-task"
  role = aws_iam_role.scheduler.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "RunTask"
        Effect    = "Allow"
        Action    = ["ecs:RunTask"]
        Resource  = [aws_ecs_task_definition.run.arn_without_revision, "${aws_ecs_task_definition.run.arn_without_revision}:*"]
        Condition = { ArnEquals = { "ecs:cluster" = aws_ecs_cluster.lake.arn } }
      },
      {
        Sid       = "RolesOfTheTask"
        Effect    = "Allow"
        Action    = ["iam:PassRole"]
        Resource  = [aws_iam_role.task.arn, aws_iam_role.execution.arn]
        Condition = { StringEquals = { "iam:PassedToService" = "ecs-tasks.amazonaws.com" } }
      },
    ]
  })
}

# Redshift Spectrum: reads the catalogue and the tables, writes what is too large for an answer. Raw files are not its business.
resource "aws_iam_role" "spectrum" {
  count              = var.redshift == null ? 0 : 1
  name               = "${var.name}-spectrum"
  assume_role_policy = local.trusts.spectrum
}

resource "aws_iam_role_policy" "spectrum" {
  count = var.redshift == null ? 0 : 1
  name  = "spectrum"
  role  = aws_iam_role.spectrum[0].name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(local.read_catalogue, [
      {
        Sid      = "ListLake"
        Effect   = "Allow"
        Action   = ["s3:ListBucket", "s3:GetBucketLocation"]
        Resource = [local.lake_arn, local.results_arn]
      },
      {
        Sid      = "ReadTables"
        Effect   = "Allow"
        Action   = ["s3:GetObject"]
        Resource = [for table in local.tables : "${local.lake_arn}/${table}/*"]
      },
      {
        Sid      = "Unload"
        Effect   = "Allow"
        Action   = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"]
        Resource = ["${local.results_arn}/redshift/*"]
      },
    ])
  })
}

# A Spark job: reads the lake, and writes below the staging folder and nowhere else; the commit is the submitter's.
resource "aws_iam_role" "job" {
  count              = local.has_job ? 1 : 0
  name               = "${var.name}-job"
  assume_role_policy = local.trusts.job
}

resource "aws_iam_role_policy" "job" {
  count = local.has_job ? 1 : 0
  name  = "job"
  role  = aws_iam_role.job[0].name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(local.read_lake, [
      {
        Sid      = "Stage"
        Effect   = "Allow"
        Action   = ["s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"]
        Resource = ["${local.lake_arn}/_saldo/staging/*"]
      },
      {
        Sid      = "FindLogs"
        Effect   = "Allow"
        Action   = ["s3:ListBucket"]
        Resource = [local.results_arn]
      },
      {
        Sid      = "WriteLogs"
        Effect   = "Allow"
        Action   = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"]
        Resource = ["${local.results_arn}/spark/*", "${local.results_arn}/glue/*"]
      },
      ], flatten([for job in aws_glue_job.lake : [
        {
          Sid      = "LogOnGlue"
          Effect   = "Allow"
          Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
          Resource = [for group in aws_cloudwatch_log_group.glue : "${group.arn}:*"]
        },
        {
          Sid       = "Metrics"
          Effect    = "Allow"
          Action    = ["cloudwatch:PutMetricData"]
          Resource  = ["*"]
          Condition = { StringEquals = { "cloudwatch:namespace" = "Glue" } }
        },
    ]]))
  })
}

resource "aws_iam_role" "crawler" {
  count              = local.crawled ? 1 : 0
  name               = "${var.name}-crawler"
  assume_role_policy = local.trusts.crawler
}

resource "aws_iam_role_policy" "crawler" {
  count = local.crawled ? 1 : 0
  name  = "crawl"
  role  = aws_iam_role.crawler[0].name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(local.read_lake, [
      {
        Sid    = "Tables"
        Effect = "Allow"
        Action = [
          "glue:GetDatabase", "glue:GetTable", "glue:GetTables", "glue:CreateTable", "glue:UpdateTable", "glue:GetPartition",
          "glue:GetPartitions", "glue:BatchGetPartition", "glue:BatchCreatePartition", "glue:BatchUpdatePartition",
        ]
        Resource = concat(local.glue_tables, [
          aws_glue_catalog_database.raw[0].arn, "${local.glue_arn}:table/${aws_glue_catalog_database.raw[0].name}/*",
        ])
      },
      {
        Sid    = "Log"
        Effect = "Allow"
        Action = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = [
          "arn:${local.partition}:logs:${var.region}:${local.account}:log-group:/aws-glue/crawlers*",
        ]
      },
    ])
  })
}

resource "aws_iam_role" "model" {
  count              = var.model == null ? 0 : 1
  name               = "${var.name}-model"
  assume_role_policy = local.trusts.model
}

resource "aws_iam_role_policy" "model" {
  count = var.model == null ? 0 : 1
  name  = "serve"
  role  = aws_iam_role.model[0].name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Sid = "Data", Effect = "Allow", Action = ["s3:GetObject"], Resource = [replace(var.model.data, "s3://", "arn:${local.partition}:s3:::")] },
      { Sid = "Token", Effect = "Allow", Action = ["ecr:GetAuthorizationToken"], Resource = ["*"] },
      {
        Sid      = "Image"
        Effect   = "Allow"
        Action   = ["ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage"]
        Resource = ["arn:${local.partition}:ecr:${local.model_image[1]}:${local.model_image[0]}:repository/${local.model_image[2]}"]
      },
      {
        Sid    = "Log"
        Effect = "Allow"
        Action = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = [
          "arn:${local.partition}:logs:${var.region}:${local.account}:log-group:/aws/sagemaker/Endpoints/${var.name}-forecast*",
        ]
      },
    ]
  })
}
