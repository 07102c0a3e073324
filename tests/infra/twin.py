"""The core as CloudFormation, made of what OpenTofu applied: so the same values go before the schemas of AWS (cfn-lint, by `write`) and
become resources of an emulator, which are then read back (`apply`).

    twin.py write STATE FOLDER    core.json, and compute.json of what the emulator does not have
    twin.py apply FOLDER URL      creates core.json at an endpoint and compares
"""

import json
import pathlib
import sys

ACTION, SOURCE, FOLDER = sys.argv[1:] if sys.argv[1] == "write" else (sys.argv[1], sys.argv[3], sys.argv[2])
REGION = "eu-west-1"


def camel(name):
    return "".join(part[:1].upper() + part[1:] for part in name.split("_"))


def plain(value, single=()):
    """Names as CloudFormation has them, without what is not given; `single` are blocks that it has once."""
    if isinstance(value, dict):
        given = {name: one for name, one in value.items() if one not in (None, [], {}, "")}
        return {
            camel(name): plain(one[0] if name in single else one, single) for name, one in given.items()
        }
    return [plain(one, single) for one in value] if isinstance(value, list) else value


def of(state):
    made = {}
    for one in json.loads(pathlib.Path(state).read_text())["values"]["root_module"]["resources"]:
        if one["mode"] == "managed":
            made.setdefault(one["type"], []).append(one["values"])
    return made


def pick(values, *names, single=(), **renamed):
    """Some of a resource's values; `renamed` are NEW=old."""
    taken = plain({name: values[name] for name in names}, single)
    return taken | {new: values[old] for new, old in renamed.items() if values[old] not in (None, [], "")}


def buckets(made):
    def its(kind, bucket):
        (found,) = (one for one in made[f"aws_s3_bucket_{kind}"] if one["bucket"] in (bucket["id"], bucket["bucket"]))
        return found

    for bucket in made["aws_s3_bucket"]:
        rules = []
        for rule in its("lifecycle_configuration", bucket)["rule"]:
            entry = {"Id": rule["id"], "Status": rule["status"]}
            for part in rule["filter"]:
                if part["prefix"]:
                    entry["Prefix"] = part["prefix"]
            for part in rule["expiration"]:
                entry |= {"ExpirationInDays": part["days"]} if part["days"] else {"ExpiredObjectDeleteMarker": True}
            for part in rule["noncurrent_version_expiration"]:
                entry["NoncurrentVersionExpiration"] = {"NoncurrentDays": part["noncurrent_days"]}
            for part in rule["abort_incomplete_multipart_upload"]:
                entry["AbortIncompleteMultipartUpload"] = {"DaysAfterInitiation": part["days_after_initiation"]}
            rules.append(entry)
        block = its("public_access_block", bucket)
        closed = ("block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets")
        encrypted = its("server_side_encryption_configuration", bucket)["rule"][0]["apply_server_side_encryption_by_default"][0]
        yield "AWS::S3::Bucket", {
            "BucketName": bucket["bucket"],
            "OwnershipControls": {"Rules": [{"ObjectOwnership": its("ownership_controls", bucket)["rule"][0]["object_ownership"]}]},
            "PublicAccessBlockConfiguration": pick(block, *closed),
            "VersioningConfiguration": {"Status": its("versioning", bucket)["versioning_configuration"][0]["status"]},
            "BucketEncryption": {
                "ServerSideEncryptionConfiguration": [
                    {"ServerSideEncryptionByDefault": {"SSEAlgorithm": encrypted["sse_algorithm"]}}
                ]
            },
            "LifecycleConfiguration": {"Rules": rules},
        }
        policy = json.loads(its("policy", bucket)["policy"])
        yield "AWS::S3::BucketPolicy", {"Bucket": bucket["bucket"], "PolicyDocument": policy}


def rights(made):
    for role in made["aws_iam_role"]:
        inline = [
            {"PolicyName": one["name"], "PolicyDocument": json.loads(one["policy"])}
            for one in made["aws_iam_role_policy"]
            if one["role"] == role["name"]
        ]
        trust = json.loads(role["assume_role_policy"])
        yield "AWS::IAM::Role", {"RoleName": role["name"], "AssumeRolePolicyDocument": trust, "Policies": inline}
    for policy in made["aws_iam_policy"]:
        yield "AWS::IAM::ManagedPolicy", {"ManagedPolicyName": policy["name"], "PolicyDocument": json.loads(policy["policy"])}


def catalogue(made):
    for one in made["aws_glue_catalog_database"]:
        yield "AWS::Glue::Database", {"CatalogId": "123456789012", "DatabaseInput": pick(one, "name", "description")}
    for one in made.get("aws_glue_crawler", []):
        policy = pick(one["schema_change_policy"][0], "update_behavior", "delete_behavior")
        yield "AWS::Glue::Crawler", pick(one, "name", "role", "database_name", "configuration") | {
            "Targets": {"S3Targets": [pick(part, "path") for part in one["s3_target"]]},
            "SchemaChangePolicy": policy,
        }
    for one in made["aws_glue_job"]:
        single = ("command", "execution_property")
        names = ("name", "glue_version", "worker_type", "number_of_workers", "timeout", "max_retries", *single)
        job = pick(one, *names, single=single, Role="role_arn", DefaultArguments="default_arguments")
        job["Command"].pop("Runtime", None)
        yield "AWS::Glue::Job", job


def engines(made):
    for one in made["aws_athena_workgroup"]:
        single = ("configuration", "engine_version", "result_configuration", "encryption_configuration")
        group = pick(one, "name", "configuration", single=single, RecursiveDeleteOption="force_destroy")
        settings = group.pop("Configuration")
        # Two names that CloudFormation writes otherwise.
        settings["EnforceWorkGroupConfiguration"] = settings.pop("EnforceWorkgroupConfiguration")
        settings["PublishCloudWatchMetricsEnabled"] = settings.pop("PublishCloudwatchMetricsEnabled")
        yield "AWS::Athena::WorkGroup", group | {"WorkGroupConfiguration": settings}


def task(made):
    for one in made["aws_cloudwatch_log_group"]:
        yield "AWS::Logs::LogGroup", pick(one, RetentionInDays="retention_in_days", LogGroupName="name")
    for one in made["aws_ecs_cluster"]:
        yield "AWS::ECS::Cluster", pick(one, ClusterName="name") | {"ClusterSettings": [pick(one["setting"][0], "name", "value")]}

    def written(value):
        """Container definitions, which have CloudFormation's names but for the first letter; options keep theirs."""
        if isinstance(value, list):
            return [written(one) for one in value]
        if not isinstance(value, dict):
            return value
        return {key[:1].upper() + key[1:]: one if key == "options" else written(one) for key, one in value.items()}

    for one in made["aws_ecs_task_definition"]:
        yield "AWS::ECS::TaskDefinition", pick(
            one, "family", "requires_compatibilities", "network_mode", "cpu", "memory", "execution_role_arn", "task_role_arn"
        ) | {
            "EphemeralStorage": {"SizeInGiB": one["ephemeral_storage"][0]["size_in_gib"]},
            "RuntimePlatform": pick(one["runtime_platform"][0], "operating_system_family", "cpu_architecture"),
            "Volumes": [pick(volume, "name") for volume in one["volume"]],
            "ContainerDefinitions": written(json.loads(one["container_definitions"])),
        }
    for one in made["aws_scheduler_schedule"]:
        target, run = one["target"][0], one["target"][0]["ecs_parameters"][0]
        network = run["network_configuration"][0]
        yield "AWS::Scheduler::Schedule", pick(one, "name", "schedule_expression", "schedule_expression_timezone") | {
            "FlexibleTimeWindow": pick(one["flexible_time_window"][0], "mode"),
            "Target": pick(target, "arn", "role_arn", "retry_policy", single=("retry_policy",)) | {
                "EcsParameters": pick(run, "task_definition_arn", "launch_type") | {
                    "NetworkConfiguration": {
                        "AwsvpcConfiguration": {
                            "Subnets": network["subnets"],
                            "SecurityGroups": network["security_groups"],
                            "AssignPublicIp": "ENABLED" if network["assign_public_ip"] else "DISABLED",
                        }
                    }
                }
            },
        }


def compute(made):
    for one in made["aws_emrserverless_application"]:
        single = ("maximum_capacity", "auto_start_configuration", "auto_stop_configuration")
        names = ("name", "type", "release_label", *single)
        yield "AWS::EMRServerless::Application", pick(one, *names, single=single) | {"Type": one["type"].upper()}
    for one in made["aws_redshiftserverless_namespace"]:
        names = ("namespace_name", "db_name", "manage_admin_password", "default_iam_role_arn", "iam_roles", "log_exports")
        yield "AWS::RedshiftServerless::Namespace", pick(one, *names)
    for one in made["aws_redshiftserverless_workgroup"]:
        names = ("namespace_name", "workgroup_name", "base_capacity", "subnet_ids", "security_group_ids", "publicly_accessible")
        yield "AWS::RedshiftServerless::Workgroup", pick(one, *names)
    for one in made["aws_cloudwatch_event_rule"]:
        yield "AWS::Events::Rule", pick(one, "name") | {"EventPattern": json.loads(one["event_pattern"])}
    for one in made["aws_ecr_repository"]:
        yield "AWS::ECR::Repository", {"RepositoryName": one["name"], "ImageTagMutability": one["image_tag_mutability"]}


def template(parts, made):
    resources = {}
    for part in parts:
        for kind, properties in part(made):
            resources[f"R{len(resources)}"] = {"Type": kind, "Properties": properties}
    return {"AWSTemplateFormatVersion": "2010-09-09", "Resources": resources}


def write():
    made = of(SOURCE)
    folder = pathlib.Path(FOLDER)
    folder.mkdir(parents=True, exist_ok=True)
    for name, parts in {"core": (buckets, rights, catalogue, engines, task), "compute": (compute,)}.items():
        (folder / f"{name}.json").write_text(json.dumps(template(parts, made), indent=1))


def inside(wanted, had, where):
    """Whether what is there has all that was asked for; names may begin with another case."""
    if isinstance(wanted, dict):
        known = {key.lower(): value for key, value in had.items()}
        for key, value in wanted.items():
            assert key.lower() in known, f"{where}: {key} is not there: {had}"
            inside(value, known[key.lower()], f"{where}.{key}")
    elif isinstance(wanted, list):
        assert len(wanted) == len(had), f"{where}: {wanted} is {had}"
        for index, pair in enumerate(zip(wanted, had)):
            inside(*pair, f"{where}[{index}]")
    else:
        assert str(wanted) == str(had), f"{where}: {wanted} is {had}"


def apply():
    import boto3

    def client(service):
        return boto3.client(
            service, endpoint_url=SOURCE, region_name=REGION, aws_access_key_id="123456789012", aws_secret_access_key="x"
        )

    text = (pathlib.Path(FOLDER) / "core.json").read_text()
    stacks = client("cloudformation")
    stacks.create_stack(StackName="lake", TemplateBody=text, Capabilities=["CAPABILITY_NAMED_IAM"])
    state = stacks.describe_stacks(StackName="lake")["Stacks"][0]["StackStatus"]
    assert state == "CREATE_COMPLETE", state
    s3, iam, glue, athena = (client(name) for name in ("s3", "iam", "glue", "athena"))
    ecs, logs, scheduler = (client(name) for name in ("ecs", "logs", "scheduler"))

    def bucket(one):
        name = one["BucketName"]
        # The emulator says nothing of versions that are suspended, and keeps no lifecycle of a stack.
        versions = {"Status": "Suspended"} | s3.get_bucket_versioning(Bucket=name)
        closed = s3.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"]
        return {"VersioningConfiguration": versions, "PublicAccessBlockConfiguration": closed}

    def role(one):
        found = iam.get_role(RoleName=one["RoleName"])["Role"]
        names = [policy["PolicyName"] for policy in one["Policies"]]
        documents = [iam.get_role_policy(RoleName=one["RoleName"], PolicyName=name)["PolicyDocument"] for name in names]
        policies = [{"PolicyName": name, "PolicyDocument": document} for name, document in zip(names, documents)]
        return {"AssumeRolePolicyDocument": found["AssumeRolePolicyDocument"], "Policies": policies}

    def definition(one):
        return ecs.describe_task_definition(taskDefinition=one["Family"])["taskDefinition"]

    # How a resource is read, and which of its properties are compared.
    readers = {
        "AWS::S3::Bucket": (bucket, ["VersioningConfiguration", "PublicAccessBlockConfiguration"]),
        "AWS::IAM::Role": (role, ["AssumeRolePolicyDocument", "Policies"]),
        "AWS::Glue::Database": (lambda one: {"DatabaseInput": glue.get_database(Name=one["DatabaseInput"]["Name"])["Database"]}, ["DatabaseInput"]),
        "AWS::Glue::Crawler": (lambda one: glue.get_crawler(Name=one["Name"])["Crawler"], ["DatabaseName", "Targets"]),
        "AWS::Glue::Job": (lambda one: glue.get_job(JobName=one["Name"])["Job"], ["Command", "Role", "DefaultArguments"]),
        "AWS::Athena::WorkGroup": (
            lambda one: {"WorkGroupConfiguration": athena.get_work_group(WorkGroup=one["Name"])["WorkGroup"]["Configuration"]},
            ["WorkGroupConfiguration"],
        ),
        "AWS::Logs::LogGroup": (
            lambda one: logs.describe_log_groups(logGroupNamePrefix=one["LogGroupName"])["logGroups"][0],
            ["LogGroupName", "RetentionInDays"],
        ),
        "AWS::ECS::TaskDefinition": (definition, ["Cpu", "Memory", "NetworkMode", "TaskRoleArn", "ContainerDefinitions"]),
        "AWS::Scheduler::Schedule": (
            lambda one: scheduler.get_schedule(Name=one["Name"]),
            # Its time zone is always UTC there.
            ["ScheduleExpression", "FlexibleTimeWindow"],
        ),
    }
    read = 0
    for resource in json.loads(text)["Resources"].values():
        if resource["Type"] in readers:
            reader, compared = readers[resource["Type"]]
            wanted = resource["Properties"]
            # The emulator loses the names of what is deeper in a container.
            if "ContainerDefinitions" in wanted:
                kept = ("Name", "Image", "Command", "Essential", "User", "ReadonlyRootFilesystem")
                containers = wanted["ContainerDefinitions"]
                wanted["ContainerDefinitions"] = [{name: one[name] for name in kept} for one in containers]
            had = reader(wanted)
            inside({name: wanted[name] for name in compared}, had, resource["Type"])
            read += 1
    assert read >= 12, read
    print(f"{read} resources read back")


{"write": write, "apply": apply}[ACTION]()
