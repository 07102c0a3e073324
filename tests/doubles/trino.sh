#!/usr/bin/env bash
# Starts a real Trino, Athena's engine, over a Glue catalogue and an S3: trino.sh TRINO JAVA_HOME PORT ENDPOINT FOLDER
# ENDPOINT answers for Glue and S3 (ministack). FOLDER is for its settings and data. Ready when /v1/info says "starting":false.
# Catalogs: awsdatacatalog, as Athena names it, and memory.
set -euo pipefail
trino=$1 java=$2 port=$3 endpoint=$4 folder=$5

key=${AWS_ACCESS_KEY_ID:-test} secret=${AWS_SECRET_ACCESS_KEY:-test}
etc="$folder/etc"
mkdir -p "$etc/catalog"

cat >"$etc/node.properties" <<END
node.environment=test
node.id=one
END
cat >"$etc/jvm.config" <<END
-server
-Xmx2G
-XX:+UseG1GC
-XX:+ExitOnOutOfMemoryError
-XX:TieredStopAtLevel=${TRINO_TIER:-4}
--enable-native-access=ALL-UNNAMED
END
cat >"$etc/config.properties" <<END
coordinator=true
node-scheduler.include-coordinator=true
http-server.http.port=$port
discovery.uri=http://127.0.0.1:$port
node.internal-address=127.0.0.1
node.bind-ip=127.0.0.1
END
cat >"$etc/log.properties" <<END
io.trino=WARN
END
cat >"$etc/catalog/awsdatacatalog.properties" <<END
connector.name=hive
hive.metastore=glue
hive.metastore.glue.region=us-east-1
hive.metastore.glue.endpoint-url=$endpoint
hive.metastore.glue.aws-access-key=$key
hive.metastore.glue.aws-secret-key=$secret
hive.non-managed-table-writes-enabled=true
fs.native-s3.enabled=true
s3.region=us-east-1
s3.endpoint=$endpoint
s3.path-style-access=true
s3.aws-access-key=$key
s3.aws-secret-key=$secret
END
echo 'connector.name=memory' >"$etc/catalog/memory.properties"

export JAVA_HOME=$java PATH="$java/bin:$PATH"
exec "$trino/bin/launcher" run --etc-dir="$etc" --data-dir="$folder/data"
