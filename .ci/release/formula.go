package main

import (
	"os"
	"path/filepath"
	"text/template"
)

// formula writes a Homebrew formula, if all four systems that it serves were
// built.
func (r *release) formula(sums map[string]string) error {
	for _, t := range []string{"darwin/arm64", "darwin/amd64", "linux/arm64", "linux/amd64"} {
		if sums[t] == "" {
			return nil
		}
	}
	path := filepath.Join(r.out, "bulkonboard.rb")
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	r.files = append(r.files, path)
	return formulaTemplate.Execute(f, map[string]any{"Version": r.version, "Sums": sums})
}

var formulaTemplate = template.Must(template.New("formula").Parse(`class Bulkonboard < Formula
  desc "Turn a spreadsheet of customers into client accounts on VoiceAIWrapper"
  homepage "https://github.com/bulkonboard/bulkonboard"
  version "{{.Version}}"
  license "MIT"
  on_macos do
    on_arm do
      url "https://github.com/bulkonboard/bulkonboard/releases/download/v{{.Version}}/bulkonboard_{{.Version}}_darwin_arm64.tar.gz"
      sha256 "{{index .Sums "darwin/arm64"}}"
    end
    on_intel do
      url "https://github.com/bulkonboard/bulkonboard/releases/download/v{{.Version}}/bulkonboard_{{.Version}}_darwin_amd64.tar.gz"
      sha256 "{{index .Sums "darwin/amd64"}}"
    end
  end

  on_linux do
    on_arm do
      url "https://github.com/bulkonboard/bulkonboard/releases/download/v{{.Version}}/bulkonboard_{{.Version}}_linux_arm64.tar.gz"
      sha256 "{{index .Sums "linux/arm64"}}"
    end
    on_intel do
      url "https://github.com/bulkonboard/bulkonboard/releases/download/v{{.Version}}/bulkonboard_{{.Version}}_linux_amd64.tar.gz"
      sha256 "{{index .Sums "linux/amd64"}}"
    end
  end

  def install
    bin.install "bulkonboard"
    man1.install Dir["man/*.1"]
    bash_completion.install "completions/bulkonboard.bash" => "bulkonboard"
    zsh_completion.install "completions/_bulkonboard"
    fish_completion.install "completions/bulkonboard.fish"
  end

  test do
    assert_match version.to_s, shell_output("#{bin}/bulkonboard --version")
    (testpath/"clients.csv").write shell_output("#{bin}/bulkonboard template")
    assert_match "client_name", (testpath/"clients.csv").read
  end
end
`))
