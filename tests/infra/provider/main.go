// A stand-in for the AWS provider of Terraform: its schema, and nothing behind it. What the provider would have from AWS is unknown
// in a plan and made up when applied: identifiers and ARNs in AWS's own form, so that policies can be tried with them.
//
// schema.json.gz is that of hashicorp/aws 6.45.0, which is under the MPL 2.0 (see NOTICE).
package main

import (
	"bytes"
	"compress/gzip"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-go/tfprotov5"
	"github.com/hashicorp/terraform-plugin-go/tfprotov5/tf5server"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

//go:embed schema.json.gz
var packed []byte

type attr struct {
	Name    string `json:"name"`
	Type    any    `json:"type"`
	C, O, R bool
}
type nested struct {
	Name, Nesting string
	Min, Max      int64
	Block         block
}
type block struct {
	Attrs  []attr
	Blocks []nested
}
type file struct {
	Provider  block
	Resources map[string]block
	Data      map[string]block
}

func typ(t any) tftypes.Type {
	switch v := t.(type) {
	case string:
		return map[string]tftypes.Type{"string": tftypes.String, "bool": tftypes.Bool, "number": tftypes.Number, "dynamic": tftypes.DynamicPseudoType}[v]
	case []any:
		e := typ(v[1])
		switch v[0] {
		case "map":
			return tftypes.Map{ElementType: e}
		case "set":
			return tftypes.Set{ElementType: e}
		default:
			return tftypes.List{ElementType: e}
		}
	}
	return tftypes.DynamicPseudoType
}
func conv(b block, inSet bool) *tfprotov5.SchemaBlock {
	out := &tfprotov5.SchemaBlock{}
	for _, a := range b.Attrs {
		t := typ(a.Type)
		if b, _ := json.Marshal(a.Type); inSet && strings.Contains(string(b), "dynamic") {
			t = tftypes.String // a set's blocks may hold no dynamic value
		}
		{
			out.Attributes = append(out.Attributes, &tfprotov5.SchemaAttribute{Name: a.Name, Type: t, Required: a.R, Optional: a.O, Computed: a.C})
		}
	}
	for _, n := range b.Blocks {
		k := tfprotov5.SchemaNestedBlockNestingModeList
		if n.Nesting == "set" {
			k = tfprotov5.SchemaNestedBlockNestingModeSet
		}
		min, max := n.Min, n.Max
		if n.Name == "timeouts" {
			k, min, max = tfprotov5.SchemaNestedBlockNestingModeSingle, 0, 0
		}
		out.BlockTypes = append(out.BlockTypes, &tfprotov5.SchemaNestedBlock{TypeName: n.Name, Nesting: k, MinItems: min, MaxItems: max, Block: conv(n.Block, inSet || n.Nesting == "set")})
	}
	return out
}

type server struct {
	tfprotov5.ProviderServer
	res, data map[string]*tfprotov5.Schema
	prov      *tfprotov5.Schema
}

func (s *server) GetMetadata(context.Context, *tfprotov5.GetMetadataRequest) (*tfprotov5.GetMetadataResponse, error) {
	r := &tfprotov5.GetMetadataResponse{ServerCapabilities: &tfprotov5.ServerCapabilities{}}
	for n := range s.res {
		r.Resources = append(r.Resources, tfprotov5.ResourceMetadata{TypeName: n})
	}
	for n := range s.data {
		r.DataSources = append(r.DataSources, tfprotov5.DataSourceMetadata{TypeName: n})
	}
	return r, nil
}
func (s *server) GetProviderSchema(context.Context, *tfprotov5.GetProviderSchemaRequest) (*tfprotov5.GetProviderSchemaResponse, error) {
	return &tfprotov5.GetProviderSchemaResponse{Provider: s.prov, ResourceSchemas: s.res, DataSourceSchemas: s.data, ServerCapabilities: &tfprotov5.ServerCapabilities{}}, nil
}
func (s *server) GetResourceIdentitySchemas(context.Context, *tfprotov5.GetResourceIdentitySchemasRequest) (*tfprotov5.GetResourceIdentitySchemasResponse, error) {
	return &tfprotov5.GetResourceIdentitySchemasResponse{}, nil
}
func (s *server) PrepareProviderConfig(_ context.Context, r *tfprotov5.PrepareProviderConfigRequest) (*tfprotov5.PrepareProviderConfigResponse, error) {
	return &tfprotov5.PrepareProviderConfigResponse{PreparedConfig: r.Config}, nil
}
func (s *server) ConfigureProvider(context.Context, *tfprotov5.ConfigureProviderRequest) (*tfprotov5.ConfigureProviderResponse, error) {
	return &tfprotov5.ConfigureProviderResponse{}, nil
}
func (s *server) StopProvider(context.Context, *tfprotov5.StopProviderRequest) (*tfprotov5.StopProviderResponse, error) {
	return &tfprotov5.StopProviderResponse{}, nil
}
func (s *server) ValidateResourceTypeConfig(context.Context, *tfprotov5.ValidateResourceTypeConfigRequest) (*tfprotov5.ValidateResourceTypeConfigResponse, error) {
	return &tfprotov5.ValidateResourceTypeConfigResponse{}, nil
}
func (s *server) ValidateDataSourceConfig(context.Context, *tfprotov5.ValidateDataSourceConfigRequest) (*tfprotov5.ValidateDataSourceConfigResponse, error) {
	return &tfprotov5.ValidateDataSourceConfigResponse{}, nil
}
func (s *server) UpgradeResourceState(_ context.Context, r *tfprotov5.UpgradeResourceStateRequest) (*tfprotov5.UpgradeResourceStateResponse, error) {
	v, err := r.RawState.Unmarshal(s.res[r.TypeName].ValueType())
	if err != nil {
		return nil, err
	}
	d, err := tfprotov5.NewDynamicValue(s.res[r.TypeName].ValueType(), v)
	return &tfprotov5.UpgradeResourceStateResponse{UpgradedState: &d}, err
}
func (s *server) ReadResource(_ context.Context, r *tfprotov5.ReadResourceRequest) (*tfprotov5.ReadResourceResponse, error) {
	return &tfprotov5.ReadResourceResponse{NewState: r.CurrentState}, nil
}

// computedNull sets what the provider would fill in: unknown in a plan, a made-up value later.
func fill(sch *tfprotov5.Schema, name string, dv *tfprotov5.DynamicValue, known bool) (*tfprotov5.DynamicValue, error) {
	t := sch.ValueType()
	v, err := dv.Unmarshal(t)
	if err != nil || v.IsNull() {
		return dv, err
	}
	var m map[string]tftypes.Value
	if err := v.As(&m); err != nil {
		return nil, err
	}
	label := name
	for _, k := range []string{"name", "bucket", "family", "workgroup_name", "namespace_name"} {
		var n *string
		if x, ok := m[k]; ok && x.IsKnown() && x.As(&n) == nil && n != nil {
			label = *n
			break
		}
	}
	for _, a := range sch.Block.Attributes {
		x := m[a.Name]
		// What is only made up where nothing else says it; an argument that is not given stays away.
		_, used := values[name+"."+a.Name]
		if known && !x.IsFullyKnown() || a.Computed && x.IsNull() && (!a.Optional || a.Name == "id" || used) {
			if !known {
				m[a.Name] = tftypes.NewValue(x.Type(), tftypes.UnknownValue)
				continue
			}
			m[a.Name] = made(a, name, label)
		}
	}
	d, err := tfprotov5.NewDynamicValue(t, tftypes.NewValue(t, m))
	return &d, err
}

const account, region = "123456789012", "eu-west-1"

// The ARNs of what policies name; NAME is the resource's.
var arns = map[string]string{
	"aws_athena_workgroup":             "arn:aws:athena:REGION:ACCOUNT:workgroup/NAME",
	"aws_cloudwatch_log_group":         "arn:aws:logs:REGION:ACCOUNT:log-group:NAME",
	"aws_ecr_repository":               "arn:aws:ecr:REGION:ACCOUNT:repository/NAME",
	"aws_ecs_cluster":                  "arn:aws:ecs:REGION:ACCOUNT:cluster/NAME",
	"aws_ecs_task_definition":          "arn:aws:ecs:REGION:ACCOUNT:task-definition/NAME",
	"aws_emrserverless_application":    "arn:aws:emr-serverless:REGION:ACCOUNT:/applications/00f1standin00001",
	"aws_glue_catalog_database":        "arn:aws:glue:REGION:ACCOUNT:database/NAME",
	"aws_glue_crawler":                 "arn:aws:glue:REGION:ACCOUNT:crawler/NAME",
	"aws_glue_job":                     "arn:aws:glue:REGION:ACCOUNT:job/NAME",
	"aws_iam_policy":                   "arn:aws:iam::ACCOUNT:policy/NAME",
	"aws_iam_role":                     "arn:aws:iam::ACCOUNT:role/NAME",
	"aws_redshiftserverless_workgroup": "arn:aws:redshift-serverless:REGION:ACCOUNT:workgroup/11111111-2222-3333-4444-555555555555",
	"aws_s3_bucket":                    "arn:aws:s3:::NAME",
	"aws_sagemaker_endpoint":           "arn:aws:sagemaker:REGION:ACCOUNT:endpoint/NAME",
	"aws_secretsmanager_secret":        "arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME-AbCdEf",
	"aws_sns_topic":                    "arn:aws:sns:REGION:ACCOUNT:NAME",
}

// Other values that are used.
var values = map[string]string{
	"aws_caller_identity.account_id":    account,
	"aws_partition.partition":           "aws",
	"aws_ecr_repository.repository_url": account + ".dkr.ecr." + region + ".amazonaws.com/NAME",
	"aws_emrserverless_application.id":  "00f1standin00001",
	"aws_security_group.id":             "sg-0123456789abcdef0",
}

func made(a *tfprotov5.SchemaAttribute, name, label string) tftypes.Value {
	switch {
	case a.Type.Is(tftypes.String):
		s, known := values[name+"."+a.Name]
		if arn, has := arns[name]; !known && has && strings.HasPrefix(a.Name, "arn") {
			s, known = arn, true
		}
		if !known {
			s = "NAME"
		}
		return tftypes.NewValue(a.Type, strings.NewReplacer("NAME", label, "REGION", region, "ACCOUNT", account).Replace(s))
	case a.Type.Is(tftypes.Number):
		return tftypes.NewValue(a.Type, 1)
	case a.Type.Is(tftypes.Bool):
		return tftypes.NewValue(a.Type, false)
	case a.Type.Is(tftypes.Map{}):
		return tftypes.NewValue(a.Type, map[string]tftypes.Value{})
	case a.Type.Is(tftypes.List{}), a.Type.Is(tftypes.Set{}):
		return tftypes.NewValue(a.Type, []tftypes.Value{})
	}
	return tftypes.NewValue(tftypes.String, label)
}

func (s *server) PlanResourceChange(_ context.Context, r *tfprotov5.PlanResourceChangeRequest) (*tfprotov5.PlanResourceChangeResponse, error) {
	d, err := fill(s.res[r.TypeName], r.TypeName, r.ProposedNewState, false)
	return &tfprotov5.PlanResourceChangeResponse{PlannedState: d}, err
}
func (s *server) ApplyResourceChange(_ context.Context, r *tfprotov5.ApplyResourceChangeRequest) (*tfprotov5.ApplyResourceChangeResponse, error) {
	d, err := fill(s.res[r.TypeName], r.TypeName, r.PlannedState, true)
	return &tfprotov5.ApplyResourceChangeResponse{NewState: d}, err
}
func (s *server) ReadDataSource(_ context.Context, r *tfprotov5.ReadDataSourceRequest) (*tfprotov5.ReadDataSourceResponse, error) {
	d, err := fill(s.data[r.TypeName], r.TypeName, r.Config, true)
	return &tfprotov5.ReadDataSourceResponse{State: d}, err
}

func main() {
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		panic(err)
	}
	var f file
	if err := json.NewDecoder(z).Decode(&f); err != nil {
		panic(err)
	}
	s := &server{res: map[string]*tfprotov5.Schema{}, data: map[string]*tfprotov5.Schema{}, prov: &tfprotov5.Schema{Block: conv(f.Provider, false)}}
	for n, b := range f.Resources {
		s.res[n] = &tfprotov5.Schema{Block: conv(b, false)}
	}
	for n, b := range f.Data {
		s.data[n] = &tfprotov5.Schema{Block: conv(b, false)}
	}
	if err := tf5server.Serve("registry.opentofu.org/hashicorp/aws", func() tfprotov5.ProviderServer { return s }); err != nil {
		fmt.Println(err)
	}
}
