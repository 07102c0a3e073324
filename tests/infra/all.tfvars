buckets = "two"
model   = { image = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/model:1", data = "s3://models/model.tar.gz", memory_mb = 2048 }
