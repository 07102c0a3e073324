# What must be so whatever the values are. `tofu test -var-file=…` plans and changes nothing.
run "usual" {
  command = plan
  assert {
    condition     = alltrue([for one in aws_s3_bucket_public_access_block.this : one.block_public_acls && one.block_public_policy && one.ignore_public_acls && one.restrict_public_buckets])
    error_message = "A bucket is open to the public."
  }
  assert {
    condition     = aws_athena_workgroup.lake.configuration[0].enforce_workgroup_configuration && aws_athena_workgroup.lake.configuration[0].bytes_scanned_cutoff_per_query == 100000000000
    error_message = "The work group enforces no cutoff."
  }
  assert {
    condition     = length(aws_glue_crawler.this) == 0
    error_message = "Tables are told by saldo catalog sync and by crawlers."
  }
  assert {
    condition     = [for one in local.who_tells_trouble : one.Principal.Service if !can(one.Condition)] == [["events.amazonaws.com"]]
    error_message = "EventBridge takes no condition in the policy of the topic, and the others have one."
  }
  assert {
    condition     = !aws_redshiftserverless_workgroup.lake[0].publicly_accessible
    error_message = "Redshift is open to the public."
  }
}

run "crawlers" {
  command = plan
  variables {
    catalogue = "crawlers"
  }
  assert {
    condition     = toset(keys(aws_glue_crawler.this)) == toset(["raw", "tables"])
    error_message = "Both crawlers are made."
  }
}

run "small" {
  command = plan
  variables {
    spark        = "none"
    redshift     = null
    rates_source = "ecb"
  }
  assert {
    condition     = length(aws_emrserverless_application.lake) + length(aws_glue_job.lake) + length(aws_redshiftserverless_workgroup.lake) + length(aws_secretsmanager_secret.app_id) == 0
    error_message = "What was not asked for is made."
  }
}

run "largest_task" {
  command = plan
  variables {
    task = { cpu = 16384, memory = 122880, disk = 50 }
  }
}

run "smallest_task" {
  command = plan
  variables {
    task = { cpu = 256, memory = 512, disk = 50 }
  }
}

run "more_memory_than_fargate_pairs" {
  command = plan
  variables {
    task = { cpu = 4096, memory = 31744, disk = 50 }
  }
  expect_failures = [var.task]
}

run "memory_between_the_steps_of_fargate" {
  command = plan
  variables {
    task = { cpu = 8192, memory = 18432, disk = 50 }
  }
  expect_failures = [var.task]
}

run "wrong_values" {
  command = plan
  variables {
    name                = "Saldo_"
    catalogue           = "both"
    athena_cutoff_bytes = 5
  }
  expect_failures = [var.name, var.catalogue, var.athena_cutoff_bytes]
}
