"""What the policies let their holders do, and what not: objects by calls to moto, which enforces the policies there; calls of other
services, for which moto looks at no resource, by its evaluation of the same policies.

    rights.py FOLDER    the folder of policies.py
"""

import json
import os
import pathlib
import sys

import boto3
from botocore.exceptions import ClientError
from moto import mock_aws
from moto.core import set_initial_no_auth_action_count
from moto.iam.access_control import IAMPolicy, PermissionResult

REGION, ACCOUNT = "eu-west-1", "123456789012"
LAKE, RESULTS = (f"saldo-{name}-{ACCOUNT}-{REGION}" for name in ("lake", "results"))
OTHER = "somebody-elses"
os.environ |= {"AWS_DEFAULT_REGION": REGION, "AWS_ACCESS_KEY_ID": "admin", "AWS_SECRET_ACCESS_KEY": "admin"}

folder = pathlib.Path(sys.argv[1])
policies = {path.stem: path.read_text() for path in (folder / "sync").glob("*.json")}
wrong = []


def expect(what, allowed, wanted):
    if allowed != wanted:
        wrong.append(f"{what}: {'allowed' if allowed else 'denied'}")


def get(bucket, key):
    return f"get {key} of {bucket}", lambda s3: s3.get_object(Bucket=bucket, Key=key)["Body"].read()


def put(bucket, key):
    return f"put {key} into {bucket}", lambda s3: s3.put_object(Bucket=bucket, Key=key, Body=b"x")


def delete(bucket, key):
    return f"delete {key} of {bucket}", lambda s3: s3.delete_object(Bucket=bucket, Key=key)


def listed(bucket):
    return f"list {bucket}", lambda s3: s3.list_objects_v2(Bucket=bucket)


def gone(bucket):
    return f"delete the bucket {bucket}", lambda s3: s3.delete_bucket(Bucket=bucket)


TABLE, RAW, STAGED, JOB = "processed/year=2017/month=06/0.parquet", "raw/bank/a.csv", "_saldo/staging/r/0", "_saldo/jobs/job.py"
UNLOADED, LOG = "athena/0.csv", "spark/driver.log"
# Of each: what it may do, and what not.
CALLS = {
    "reader": (
        [listed(LAKE), get(LAKE, TABLE), get(LAKE, RAW), get(RESULTS, UNLOADED), put(RESULTS, UNLOADED), delete(RESULTS, UNLOADED)],
        [put(LAKE, TABLE), put(LAKE, RAW), delete(LAKE, TABLE), put(RESULTS, LOG), get(OTHER, TABLE), listed(OTHER), gone(RESULTS)],
    ),
    "writer": (
        [listed(LAKE), get(LAKE, TABLE), put(LAKE, TABLE), put(LAKE, RAW), delete(LAKE, STAGED)],
        [gone(LAKE), gone(RESULTS), put(RESULTS, UNLOADED), get(RESULTS, UNLOADED), put(OTHER, TABLE), get(OTHER, TABLE)],
    ),
    "submitter": (
        [get(RESULTS, LOG), listed(RESULTS)],
        [put(LAKE, JOB), put(LAKE, TABLE), get(LAKE, TABLE), put(RESULTS, LOG), put(OTHER, JOB), gone(LAKE)],
    ),
    "job": (
        [listed(LAKE), get(LAKE, RAW), put(LAKE, STAGED), delete(LAKE, STAGED), put(RESULTS, LOG)],
        [put(LAKE, TABLE), delete(LAKE, TABLE), put(LAKE, "_saldo/manifest.json"), put(RESULTS, UNLOADED), gone(LAKE)],
    ),
    "spectrum": (
        [listed(LAKE), get(LAKE, TABLE), put(RESULTS, "redshift/0")],
        [get(LAKE, RAW), put(LAKE, TABLE), get(LAKE, "_saldo/manifest.json"), put(RESULTS, UNLOADED)],
    ),
}


@mock_aws
def calls_to_moto():
    admin, iam = boto3.client("s3"), boto3.client("iam")
    for bucket in (LAKE, RESULTS, OTHER):
        admin.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
        for key in (TABLE, RAW, STAGED, JOB, UNLOADED, LOG, "_saldo/manifest.json"):
            admin.put_object(Bucket=bucket, Key=key, Body=b"x")
    clients = {}
    for who in CALLS:
        iam.create_user(UserName=who)
        iam.put_user_policy(UserName=who, PolicyName=who, PolicyDocument=policies[who])
        key = iam.create_access_key(UserName=who)["AccessKey"]
        clients[who] = boto3.client(
            "s3", aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"]
        )
    with_rights(clients)


@set_initial_no_auth_action_count(0)
def with_rights(clients):
    for who, (may, may_not) in CALLS.items():
        for (what, call), wanted in [(one, True) for one in may] + [(one, False) for one in may_not]:
            try:
                call(clients[who])
                allowed = True
            except ClientError as error:
                assert error.response["Error"]["Code"] == "AccessDenied", f"{who}: {what}: {error}"
                allowed = False
            expect(f"{who}: {what}", allowed, wanted)


def made(action, service):
    """The one resource for which the submitter has an action, as the apply made it up."""
    (found,) = (one["Resource"] for one in json.loads(policies["submitter"])["Statement"] if action in one["Action"])
    (arn,) = found
    assert f":{service}:{REGION}:{ACCOUNT}:" in arn, arn
    return arn


def evaluated():
    glue, athena = f"arn:aws:glue:{REGION}:{ACCOUNT}", f"arn:aws:athena:{REGION}:{ACCOUNT}:workgroup"
    application, job = made("emr-serverless:StartJobRun", "emr-serverless"), made("glue:StartJobRun", "glue")
    role, passed = f"arn:aws:iam::{ACCOUNT}:role/saldo-", {"iam:PassedToService": "emr-serverless.amazonaws.com"}
    ours, theirs = f"{glue}:table/pyspark-database/processed", f"{glue}:table/other/processed"
    for who, action, resource, wanted in [
        ("reader", "glue:GetTable", ours, True),
        ("reader", "glue:GetTable", theirs, False),
        ("reader", "glue:UpdateTable", ours, False),
        ("reader", "athena:StartQueryExecution", f"{athena}/saldo", True),
        ("reader", "athena:StartQueryExecution", f"{athena}/primary", False),
        ("reader", "athena:UpdateWorkGroup", f"{athena}/saldo", False),
        ("reader", "emr-serverless:StartJobRun", application, False),
        ("writer", "glue:CreateTable", ours, True),
        ("writer", "glue:CreateTable", theirs, False),
        ("writer", "glue:DeleteDatabase", f"{glue}:database/pyspark-database", False),
        ("writer", "s3:DeleteBucket", f"arn:aws:s3:::{LAKE}", False),
        ("writer", "s3:PutBucketPolicy", f"arn:aws:s3:::{LAKE}", False),
        ("writer", "s3:DeleteObjectVersion", f"arn:aws:s3:::{LAKE}/{TABLE}", False),
        ("writer", "s3:ListBucketMultipartUploads", f"arn:aws:s3:::{LAKE}", True),
        ("writer", "s3:ListBucketMultipartUploads", f"arn:aws:s3:::{RESULTS}", False),
        ("writer", "s3:ListMultipartUploadParts", f"arn:aws:s3:::{LAKE}/{STAGED}", True),
        ("writer", "s3:ListMultipartUploadParts", f"arn:aws:s3:::{LAKE}/{TABLE}", False),
        ("writer", "s3:AbortMultipartUpload", f"arn:aws:s3:::{LAKE}/{STAGED}", True),
        ("reader", "s3:ListMultipartUploadParts", f"arn:aws:s3:::{LAKE}/{STAGED}", False),
        ("submitter", "emr-serverless:StartJobRun", application, True),
        ("submitter", "emr-serverless:StartJobRun", f"{application}x", False),
        ("submitter", "emr-serverless:GetApplication", application, True),
        ("submitter", "emr-serverless:CancelJobRun", f"{application}/jobruns/1", True),
        ("submitter", "emr-serverless:DeleteApplication", application, False),
        ("submitter", "glue:StartJobRun", job, True),
        ("submitter", "glue:StartJobRun", f"{glue}:job/other", False),
        ("submitter", "glue:GetJobRuns", job, True),
        ("submitter", "glue:UpdateJob", job, False),
        ("submitter", "iam:PassRole", f"{role}job", True),
        ("submitter", "iam:PassRole", f"{role}task", False),
    ]:
        allowed = IAMPolicy(policies[who]).is_action_permitted(action, resource, None, passed)
        expect(f"{who}: {action} on {resource}", allowed == PermissionResult.PERMITTED, wanted)
    elsewhere = {"iam:PassedToService": "ec2.amazonaws.com"}
    allowed = IAMPolicy(policies["submitter"]).is_action_permitted("iam:PassRole", f"{role}job", None, elsewhere)
    expect("submitter: iam:PassRole to EC2", allowed == PermissionResult.PERMITTED, False)
    # Nobody changes who may do what.
    for who, policy in policies.items():
        for action in ("iam:CreateUser", "iam:PutRolePolicy", "sts:AssumeRole", "s3:DeleteBucket", "s3:PutBucketAcl"):
            expect(f"{who}: {action}", IAMPolicy(policy).is_action_permitted(action, "*") == PermissionResult.PERMITTED, False)


calls_to_moto()
evaluated()
if wrong:
    sys.exit("\n".join(wrong))
print(sum(len(may) + len(may_not) for may, may_not in CALLS.values()), "calls as they should be")
