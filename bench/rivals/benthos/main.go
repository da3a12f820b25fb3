// AMI events to a Redis Stream with benthos, the core of Redpanda Connect, and go-redis; see ../README.md.
//
// The core has neither an input that logs in nor an output for Redis, so both are here; what lies between
// them is the pipeline of a user: a mapping from headers to JSON, and batches.
package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
	_ "github.com/redpanda-data/benthos/v4/public/components/pure"
	"github.com/redpanda-data/benthos/v4/public/service"
)

const pipeline = `
input:
  ami: {}
pipeline:
  threads: 1
  processors:
    - mapping: |
        root = content().string().split("\r\n").filter(line -> line.contains(": ")).map_each(line -> line.split(": ")).fold({}, pair -> pair.tally.merge({(pair.value.index(0)): pair.value.index(1)}))
output:
  redis_stream: {}
logger:
  level: ERROR
http:
  enabled: false
`

type amiInput struct {
	connection net.Conn
	reader     *bufio.Scanner
}

func splitMessages(data []byte, atEnd bool) (int, []byte, error) {
	if at := bytes.Index(data, []byte("\r\n\r\n")); at >= 0 {
		return at + 4, data[:at], nil
	}
	return 0, nil, nil
}

func (input *amiInput) Connect(context.Context) error {
	connection, err := net.Dial("tcp", "127.0.0.1:"+os.Getenv("AMI_PORT"))
	if err != nil {
		return err
	}
	fmt.Fprint(connection, "Action: Login\r\nUsername: callstream\r\nSecret: callstream\r\n\r\n")
	input.connection = connection
	input.reader = bufio.NewScanner(bufio.NewReaderSize(connection, 1<<18))
	input.reader.Buffer(make([]byte, 1<<18), 1<<20)
	input.reader.Split(splitMessages)
	return nil
}

const batchSize = 500

func (input *amiInput) ReadBatch(context.Context) (service.MessageBatch, service.AckFunc, error) {
	var batch service.MessageBatch
	for len(batch) < batchSize && input.reader.Scan() {
		if bytes.HasPrefix(input.reader.Bytes(), []byte("Event: ")) {
			batch = append(batch, service.NewMessage(bytes.Clone(input.reader.Bytes())))
		}
	}
	if len(batch) == 0 {
		return nil, nil, service.ErrEndOfInput
	}
	return batch, func(context.Context, error) error { return nil }, nil
}

func (input *amiInput) Close(context.Context) error { return input.connection.Close() }

type redisOutput struct {
	client       *redis.Client
	acknowledged atomic.Int64
	wanted       int64
}

func (output *redisOutput) Connect(context.Context) error {
	output.client = redis.NewClient(&redis.Options{Addr: "127.0.0.1:" + os.Getenv("TARGET")})
	return nil
}

func (output *redisOutput) WriteBatch(ctx context.Context, batch service.MessageBatch) error {
	commands := output.client.Pipeline()
	for _, message := range batch {
		data, err := message.AsBytes()
		if err != nil {
			return err
		}
		commands.XAdd(ctx, &redis.XAddArgs{Stream: os.Getenv("STREAM"), Values: []any{"data", data}})
	}
	if _, err := commands.Exec(ctx); err != nil {
		return err
	}
	if output.acknowledged.Add(int64(len(batch))) >= output.wanted {
		os.Exit(0)
	}
	return nil
}

func (output *redisOutput) Close(context.Context) error { return output.client.Close() }

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func main() {
	wanted, err := strconv.ParseInt(os.Getenv("EVENTS"), 10, 64)
	must(err)
	must(service.RegisterBatchInput("ami", service.NewConfigSpec(),
		func(*service.ParsedConfig, *service.Resources) (service.BatchInput, error) {
			return &amiInput{}, nil
		}))
	must(service.RegisterBatchOutput("redis_stream", service.NewConfigSpec(),
		func(*service.ParsedConfig, *service.Resources) (service.BatchOutput, service.BatchPolicy, int, error) {
			return &redisOutput{wanted: wanted}, service.BatchPolicy{}, 2, nil
		}))
	builder := service.NewStreamBuilder()
	must(builder.SetYAML(pipeline))
	stream, err := builder.Build()
	must(err)
	must(stream.Run(context.Background()))
	time.Sleep(time.Second)
	os.Exit(1) // the PBX went away before all events were acknowledged
}
