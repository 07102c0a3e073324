# The Glue database, and the crawlers where these tell it of the tables. Otherwise `saldo catalog sync` does, and there are none:
# one table is never told by two.
resource "aws_glue_catalog_database" "lake" {
  name        = var.database
  description = "Bank transactions and daily balances: ${local.lake}"
}

locals {
  crawled = var.catalogue == "crawlers"
  tables  = ["response", "banktxn", "daily_rates", "processed", "dates", "transactions", "error_error"]
  # Raw files come before the job that makes the tables, and are a database of their own: what a crawler guesses of them is no table
  # of the lake.
  crawlers = !local.crawled ? {} : {
    raw    = { database = aws_glue_catalog_database.raw[0].name, paths = ["${local.raw}/"] }
    tables = { database = aws_glue_catalog_database.lake.name, paths = [for table in local.tables : "${local.lake}/${table}/"] }
  }
}

resource "aws_glue_catalog_database" "raw" {
  count       = local.crawled ? 1 : 0
  name        = "${var.database}-raw"
  description = "Files as received: ${local.raw}"
}

resource "aws_glue_crawler" "this" {
  for_each      = local.crawlers
  name          = "${var.name}-${each.key}"
  database_name = each.value.database
  role          = aws_iam_role.crawler[0].arn
  dynamic "s3_target" {
    for_each = each.value.paths
    content {
      path = s3_target.value
    }
  }
  schema_change_policy {
    update_behavior = "UPDATE_IN_DATABASE"
    delete_behavior = "LOG"
  }
  configuration = jsonencode({
    Version       = 1
    Grouping      = { TableGroupingPolicy = "CombineCompatibleSchemas" }
    CrawlerOutput = { Partitions = { AddOrUpdateBehavior = "InheritFromTable" } }
  })
}
