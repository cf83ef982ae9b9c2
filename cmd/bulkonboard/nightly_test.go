package main

import (
	"bytes"
	"errors"
	"io"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

const nightlySamples = "../../samples/nightly"

// TestNightlySamples runs the commands of the nightly samples: the first time a
// customer is created, the second time nothing happens and nothing is said.
func TestNightlySamples(t *testing.T) {
	t.Parallel()
	for name, args := range map[string][]string{
		"bulkonboard@.service": serviceCommand(t),
		"crontab":              cronCommand(t),
		"cronjob.yaml":         cronJobCommand(t),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			twin := newTwin(t)
			server := httptest.NewServer(twin)
			defer server.Close()

			dir := t.TempDir()
			path := sheet(t, dir, 1)
			key := filepath.Join(dir, "voiceaiwrapper-api-key") // as systemd and people keep it
			if err := os.WriteFile(key, []byte(testKey+"\n"), 0o400); err != nil {
				t.Fatal(err)
			}
			folder := filepath.Join(dir, "bulkonboard.job")
			args = slices.Clone(args)
			for i, a := range args {
				switch {
				case strings.HasSuffix(a, "clients.csv"):
					args[i] = path
				case strings.HasSuffix(a, ".job"):
					args[i] = folder
				case strings.HasSuffix(a, ".key"):
					args[i] = key
				}
			}
			env := append(os.Environ(), "BULKONBOARD_BASE_URL="+server.URL, "XDG_STATE_HOME="+dir, "XDG_CONFIG_HOME="+dir,
				"CREDENTIALS_DIRECTORY="+dir)
			if name == "cronjob.yaml" {
				env = append(env, "VOICEAIWRAPPER_API_KEY="+testKey)
			}
			call := func(args ...string) (string, int) {
				c := exec.Command(program(t, "bulkonboard"), args...)
				c.Dir, c.Env = dir, env
				out, err := c.Output()
				var exit *exec.ExitError
				if err != nil && !errors.As(err, &exit) {
					t.Fatal(err)
				}
				return string(out), c.ProcessState.ExitCode()
			}
			if out, code := call(args...); code != 2 || len(twin.Clients()) != 0 {
				t.Fatalf("a nightly run started a job by itself: %d\n%s", code, out)
			}
			if out, code := call(append(args, "--new-job")...); code != 0 || len(twin.Clients()) != 1 {
				t.Fatalf("exit code %d, %d clients\n%s", code, len(twin.Clients()), out)
			}
			if out, code := call(args...); code != 0 || out != "" || twin.Requests() != 1 {
				t.Errorf("exit code %d, %d requests, and it said\n%s", code, twin.Requests(), out)
			}
		})
	}
}

// serviceCommand is the ExecStart of the unit.
func serviceCommand(t *testing.T) []string {
	for line := range strings.Lines(nightlySample(t, "bulkonboard@.service")) {
		if command, ok := strings.CutPrefix(strings.TrimSpace(line), "ExecStart=/usr/bin/bulkonboard "); ok {
			return strings.Fields(command)
		}
	}
	t.Fatal("the unit starts nothing")
	return nil
}

// cronCommand is what follows the times and the folder.
func cronCommand(t *testing.T) []string {
	for line := range strings.Lines(nightlySample(t, "crontab")) {
		if at, command, ok := strings.Cut(strings.TrimSpace(line), " && bulkonboard "); ok && !strings.HasPrefix(at, "#") {
			if times := strings.Fields(at)[:5]; !slices.Equal(times, []string{"0", "3", "*", "*", "*"}) {
				t.Errorf("it runs at %v", times)
			}
			return strings.Fields(command)
		}
	}
	t.Fatal("cron starts nothing")
	return nil
}

// cronJobCommand is the container's arguments, once the rest is as it must be.
func cronJobCommand(t *testing.T) []string {
	type job struct {
		Kind     string `yaml:"kind"`
		Metadata struct {
			Name string `yaml:"name"`
		} `yaml:"metadata"`
		Spec struct {
			ConcurrencyPolicy string `yaml:"concurrencyPolicy"`
			JobTemplate       struct {
				Spec struct {
					BackoffLimit *int `yaml:"backoffLimit"`
					Template     struct {
						Spec struct {
							Containers []struct {
								Args         []string `yaml:"args"`
								VolumeMounts []struct {
									Name      string `yaml:"name"`
									MountPath string `yaml:"mountPath"`
								} `yaml:"volumeMounts"`
							} `yaml:"containers"`
							Volumes []struct {
								Name  string `yaml:"name"`
								Claim struct {
									Name string `yaml:"claimName"`
								} `yaml:"persistentVolumeClaim"`
							} `yaml:"volumes"`
						} `yaml:"spec"`
					} `yaml:"template"`
				} `yaml:"spec"`
			} `yaml:"jobTemplate"`
		} `yaml:"spec"`
	}
	kinds := map[string]job{}
	for d := yaml.NewDecoder(bytes.NewReader([]byte(nightlySample(t, "cronjob.yaml")))); ; {
		var j job
		if err := d.Decode(&j); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		kinds[j.Kind] = j
	}
	cron := kinds["CronJob"]
	if cron.Spec.ConcurrencyPolicy != "Forbid" {
		t.Errorf("two runs at once: concurrencyPolicy is %q", cron.Spec.ConcurrencyPolicy)
	}
	if n := cron.Spec.JobTemplate.Spec.BackoffLimit; n == nil || *n != 0 {
		t.Error("Kubernetes would repeat a run that failed")
	}
	pod := cron.Spec.JobTemplate.Spec.Template.Spec
	if len(pod.Containers) != 1 {
		t.Fatalf("%d containers", len(pod.Containers))
	}
	durable := map[string]string{} // where durable volumes are mounted
	for _, v := range pod.Volumes {
		for _, m := range pod.Containers[0].VolumeMounts {
			if v.Name == m.Name && v.Claim.Name != "" && v.Claim.Name == kinds["PersistentVolumeClaim"].Metadata.Name {
				durable[m.MountPath] = v.Claim.Name
			}
		}
	}
	args := pod.Containers[0].Args
	at := slices.Index(args, "--job")
	if at < 0 || durable[filepath.Dir(args[at+1])] == "" {
		t.Errorf("the job's folder is on no durable volume: %v, %v", args, durable)
	}
	return args
}

func nightlySample(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(nightlySamples, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestUnits has systemd itself look at the units, where it is installed.
func TestUnits(t *testing.T) {
	t.Parallel()
	verify, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Skip("NOT TESTED: the systemd units, since there is no systemd-analyze here")
	}
	dir := t.TempDir()
	var units []string
	for _, name := range []string{"bulkonboard@.service", "bulkonboard@.timer"} {
		// The program need not be installed to see that the unit is right.
		text := strings.ReplaceAll(nightlySample(t, name), "/usr/bin/bulkonboard", "/bin/true")
		unit := filepath.Join(dir, strings.Replace(name, "@", "@acme", 1))
		if err := os.WriteFile(unit, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		units = append(units, unit)
	}
	out, err := exec.Command(verify, append([]string{"verify", "--man=no"}, units...)...).CombinedOutput()
	if err != nil || bytes.Contains(out, []byte(dir)) {
		t.Errorf("%v\n%s", err, out)
	}
}
