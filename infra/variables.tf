variable "name" {
  description = "What the names of all resources begin with."
  type        = string
  default     = "saldo"
  validation {
    condition     = can(regex("^[a-z][a-z0-9]*(-[a-z0-9]+)*$", var.name)) && length(var.name) >= 3 && length(var.name) <= 20
    error_message = "name: 3 to 20 small letters, digits and single hyphens, with a letter first."
  }
}

variable "region" {
  description = "Region of everything."
  type        = string
  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.region))
    error_message = "region: such as eu-west-1."
  }
}

variable "vpc_id" {
  description = "The VPC in which the task and Redshift run."
  type        = string
  validation {
    condition     = can(regex("^vpc-[0-9a-f]{8,17}$", var.vpc_id))
    error_message = "vpc_id: such as vpc-0123456789abcdef0."
  }
}

variable "subnet_ids" {
  description = "Subnets of that VPC; Redshift Serverless wants three in three availability zones."
  type        = list(string)
  validation {
    condition     = length(var.subnet_ids) > 0 && alltrue([for id in var.subnet_ids : can(regex("^subnet-[0-9a-f]{8,17}$", id))])
    error_message = "subnet_ids: at least one, such as subnet-0123456789abcdef0."
  }
}

variable "assign_public_ip" {
  description = "Whether the task gets a public address, which it needs in subnets without a NAT gateway."
  type        = bool
  default     = false
}

variable "buckets" {
  description = "one: raw files lie in the lake's bucket alone; two: deliveries of others arrive in a bucket of their own."
  type        = string
  default     = "one"
  validation {
    condition     = contains(["one", "two"], var.buckets)
    error_message = "buckets: one or two."
  }
}

variable "database" {
  description = "The Glue database of the lake's tables."
  type        = string
  default     = "pyspark-database"
  validation {
    condition     = can(regex("^[a-z0-9_-]{1,64}$", var.database))
    error_message = "database: small letters, digits, hyphens and underscores."
  }
}

variable "catalogue" {
  description = "Who tells the Glue catalogue of the tables: sync (saldo catalog sync) or crawlers; never both."
  type        = string
  default     = "sync"
  validation {
    condition     = contains(["sync", "crawlers"], var.catalogue)
    error_message = "catalogue: sync or crawlers."
  }
}

variable "athena_cutoff_bytes" {
  description = "A query on Athena is stopped after so many bytes scanned; 10 MB is the least that Athena takes."
  type        = number
  default     = 100000000000
  validation {
    condition     = var.athena_cutoff_bytes >= 10000000 && floor(var.athena_cutoff_bytes) == var.athena_cutoff_bytes
    error_message = "athena_cutoff_bytes: a whole number from 10000000."
  }
}

variable "results_days" {
  description = "Days after which results of Athena and Redshift and logs of Spark are deleted."
  type        = number
  default     = 30
  validation {
    condition     = var.results_days >= 1 && floor(var.results_days) == var.results_days
    error_message = "results_days: a whole number from 1."
  }
}

variable "former_versions_days" {
  description = "Days for which former versions of the lake's objects are kept."
  type        = number
  default     = 30
  validation {
    condition     = var.former_versions_days >= 1 && floor(var.former_versions_days) == var.former_versions_days
    error_message = "former_versions_days: a whole number from 1."
  }
}

variable "redshift" {
  description = "A serverless Redshift that reads the lake; null makes none. capacity: RPUs; hours_a_month: RPU-hours after which it takes no more queries."
  type        = object({ capacity = number, hours_a_month = number })
  default     = { capacity = 8, hours_a_month = 100 }
  validation {
    condition     = var.redshift == null ? true : var.redshift.capacity >= 4 && var.redshift.hours_a_month >= 1
    error_message = "redshift: capacity from 4, hours_a_month from 1."
  }
}

variable "spark" {
  description = "Where Spark runs: both, emr-serverless, glue or none."
  type        = string
  default     = "both"
  validation {
    condition     = contains(["both", "emr-serverless", "glue", "none"], var.spark)
    error_message = "spark: both, emr-serverless, glue or none."
  }
}

variable "spark_workers" {
  description = "The most workers of a Spark job, of 4 vCPU and 16 GB each."
  type        = number
  default     = 8
  validation {
    condition     = var.spark_workers >= 2 && var.spark_workers <= 200 && floor(var.spark_workers) == var.spark_workers
    error_message = "spark_workers: a whole number from 2 to 200."
  }
}

variable "schedule" {
  description = "When the container runs, in a zone's own time; it runs `saldo run` from the image with this tag."
  type        = object({ expression = string, timezone = string, image_tag = string })
  default     = { expression = "cron(0 8 * * ? *)", timezone = "Asia/Singapore", image_tag = "0.1.0" }
  validation {
    condition     = can(regex("^(cron|rate)\\(.+\\)$", var.schedule.expression))
    error_message = "schedule.expression: cron(...) or rate(...), as EventBridge Scheduler writes them."
  }
  validation {
    condition     = can(regex("^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$", var.schedule.image_tag)) && var.schedule.image_tag != "latest"
    error_message = "schedule.image_tag: the tag of one image, not latest."
  }
}

variable "task" {
  description = "CPU units and MiB of memory of the task, as Fargate pairs them, and GiB of its disk."
  type        = object({ cpu = number, memory = number, disk = number })
  default     = { cpu = 2048, memory = 8192, disk = 50 }
  validation {
    # Of each size: the least memory, the most, and the step between.
    condition = var.task.memory == 512 && var.task.cpu == 256 || anytrue([
      for cpu, memory in {
        256  = [1024, 2048, 1024], 512 = [1024, 4096, 1024], 1024 = [2048, 8192, 1024], 2048 = [4096, 16384, 1024],
        4096 = [8192, 30720, 1024], 8192 = [16384, 61440, 4096], 16384 = [32768, 122880, 8192],
      } : tonumber(cpu) == var.task.cpu && var.task.memory >= memory[0] && var.task.memory <= memory[1] && var.task.memory % memory[2] == 0
    ])
    error_message = "task: cpu 256, 512, 1024, 2048, 4096, 8192 or 16384, with a memory that Fargate pairs with it: from twice as many MiB to 2048, 4096, 8192, 16384, 30720, 61440 or 122880, by 1024, from 8192 on by 4096, at 16384 by 8192."
  }
  validation {
    condition     = var.task.disk >= 21 && var.task.disk <= 200
    error_message = "task.disk: 21 to 200."
  }
}

variable "rates_source" {
  description = "Whom the task asks for exchange rates: ecb, frankfurter, or oxr, whose app_id lies in Secrets Manager."
  type        = string
  default     = "oxr"
  validation {
    condition     = contains(["ecb", "frankfurter", "oxr"], var.rates_source)
    error_message = "rates_source: ecb, frankfurter or oxr."
  }
}

variable "model" {
  description = "A forecast model behind an endpoint of SageMaker: its image, its data and a serverless size; null makes none."
  type        = object({ image = string, data = string, memory_mb = number })
  default     = null
  validation {
    condition     = var.model == null ? true : startswith(var.model.data, "s3://") && contains([1024, 2048, 3072, 4096, 5120, 6144], var.model.memory_mb)
    error_message = "model: data at s3://, memory_mb a multiple of 1024 up to 6144."
  }
  validation {
    condition     = var.model == null ? true : can(regex("^[0-9]{12}[.]dkr[.]ecr[.][a-z0-9-]+[.]amazonaws[.][a-z.]+/[^:@]+", var.model.image))
    error_message = "model: an image of ECR, such as 123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/model:1."
  }
}

variable "alarm_emails" {
  description = "Who is told of failures and of the budget; each has to confirm a mail of AWS first."
  type        = list(string)
  validation {
    condition     = length(var.alarm_emails) > 0 && alltrue([for one in var.alarm_emails : can(regex("^[^@ ]+@[^@ ]+[.][^@ ]+$", one))])
    error_message = "alarm_emails: at least one address."
  }
}

variable "budget_dollars" {
  description = "US dollars a month; told at 80 % and when the forecast goes above it. It counts what carries the tag project."
  type        = number
  default     = 100
  validation {
    condition     = var.budget_dollars > 0
    error_message = "budget_dollars: more than 0."
  }
}

variable "log_days" {
  description = "Days for which logs are kept, one of those that CloudWatch knows."
  type        = number
  default     = 90
  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1827, 3653], var.log_days)
    error_message = "log_days: one of 1 3 5 7 14 30 60 90 120 150 180 365 400 545 731 1827 3653."
  }
}
