# The buckets: the lake, results that go again, and deliveries where they have a bucket of their own.
locals {
  buckets = toset(concat(["lake", "results"], var.buckets == "two" ? ["raw"] : []))
  lake    = "s3://${aws_s3_bucket.this["lake"].bucket}"
  results = "s3://${aws_s3_bucket.this["results"].bucket}"
  raw     = var.buckets == "two" ? "s3://${aws_s3_bucket.this["raw"].bucket}" : "${local.lake}/raw"
}

resource "aws_s3_bucket" "this" {
  for_each = local.buckets
  bucket   = "${var.name}-${each.key}-${local.suffix}"
}

resource "aws_s3_bucket_ownership_controls" "this" {
  for_each = local.buckets
  bucket   = aws_s3_bucket.this[each.key].id
  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_public_access_block" "this" {
  for_each                = local.buckets
  bucket                  = aws_s3_bucket.this[each.key].id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_versioning" "this" {
  for_each = local.buckets
  bucket   = aws_s3_bucket.this[each.key].id
  versioning_configuration {
    status = each.key == "results" ? "Suspended" : "Enabled"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "this" {
  for_each = local.buckets
  bucket   = aws_s3_bucket.this[each.key].id
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "AES256"
    }
  }
}

# Nothing is read or written but through TLS.
resource "aws_s3_bucket_policy" "this" {
  for_each = local.buckets
  bucket   = aws_s3_bucket.this[each.key].id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "TlsOnly"
      Effect    = "Deny"
      Principal = "*"
      Action    = "s3:*"
      Resource  = [aws_s3_bucket.this[each.key].arn, "${aws_s3_bucket.this[each.key].arn}/*"]
      Condition = { Bool = { "aws:SecureTransport" = "false" } }
    }]
  })
  depends_on = [aws_s3_bucket_public_access_block.this]
}

resource "aws_s3_bucket_lifecycle_configuration" "lake" {
  for_each = setsubtract(local.buckets, ["results"])
  bucket   = aws_s3_bucket.this[each.key].id
  rule {
    id     = "unfinished uploads"
    status = "Enabled"
    filter {}
    abort_incomplete_multipart_upload {
      days_after_initiation = 3
    }
  }
  rule {
    id     = "former versions"
    status = "Enabled"
    filter {}
    noncurrent_version_expiration {
      noncurrent_days = var.former_versions_days
    }
    expiration {
      expired_object_delete_marker = true
    }
  }
  # A run that was cut off is taken up by the next one; what nobody took up in a week is nobody's.
  dynamic "rule" {
    for_each = each.key == "lake" ? [1] : []
    content {
      id     = "staging"
      status = "Enabled"
      filter {
        prefix = "_saldo/staging/"
      }
      expiration {
        days = 7
      }
    }
  }
  depends_on = [aws_s3_bucket_versioning.this]
}

resource "aws_s3_bucket_lifecycle_configuration" "results" {
  bucket = aws_s3_bucket.this["results"].id
  rule {
    id     = "results"
    status = "Enabled"
    filter {}
    expiration {
      days = var.results_days
    }
    abort_incomplete_multipart_upload {
      days_after_initiation = 1
    }
  }
}
