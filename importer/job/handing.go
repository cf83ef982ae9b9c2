package job

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/importer/internal/durable"
	"github.com/bulkonboard/bulkonboard/report"
)

// PrepareHandover looks for the keys, the rows and the file. The job is open for
// settling, or for reading where o is a Test.
func (j *Job) PrepareHandover(ctx context.Context, o HandoverOptions) (p *PreparedHandover, err error) {
	defer func() { err = asProblem(err) }()
	if o.Notice == nil {
		o.Notice = func(string) {}
	}
	p = &PreparedHandover{job: j, o: o}
	if !o.Test {
		if !slices.Contains(Formats, o.Format) {
			return nil, usage("--format", "%q is none", "write "+strings.Join(Formats, " or "), o.Format)
		}
		if p.path, err = p.out(); err != nil {
			return nil, err
		}
		if p.chosen, err = p.choose(ctx); err != nil {
			return nil, err
		}
	}
	if p.keys, err = identities(j.folder(), j.header, o.Identity, o.Named); err != nil {
		return nil, err
	}
	for _, k := range p.keys {
		if _, err := k.opener(); errors.Is(err, errNeeded) {
			p.open = append(p.open, &Question{ID: AskPassphrase + k.path, Text: "Passphrase of the private key", Secret: true})
		} else if err != nil {
			return nil, err
		}
	}
	if o.All && !o.Test {
		p.open = append(p.open, yesNo(AskAll, "Hand over every password of this job, also those that were handed over before?",
			"all of them are written", "nothing is"))
	}
	if o.Forget && !o.Test {
		p.open = append(p.open, yesNo(AskForget, "Forget these passwords once the file is written? Nobody can hand them over again then.",
			"they are written, and dropped from the job", "nothing is written"))
	}
	if len(p.open) > 0 && !o.Test {
		_, err = j.park(ctx)
	}
	return p, err
}

// logins makes ready for opening what was sealed.
func (p *PreparedHandover) logins() (*logins, error) {
	l := &logins{store: p.job.store, all: p.o.All, portal: p.o.Portal}
	for _, k := range p.keys {
		o, err := k.opener()
		if err != nil {
			return nil, err
		}
		l.openers = append(l.openers, o)
	}
	return l, nil
}

// Write opens the seals of created rows and writes the passwords to a file of
// its owner's, which is durable before the handover is on record. By default it
// is what was not handed over yet. It is called once, and gives the job back.
func (p *PreparedHandover) Write(ctx context.Context) (done HandoverResult, err error) {
	defer func() { err = asProblem(err) }()
	if done.Rehearsal = p.job.rehearsal(); p.refused {
		done.Declined = true
		return done, nil
	}
	if err := p.answered(); err != nil {
		return done, err
	}
	again := p.job.store == nil // somebody may have been at the job while a question was open
	err = p.job.with(ctx, func() error {
		if again {
			if p.chosen, err = p.choose(ctx); err != nil {
				return err
			}
		}
		l, err := p.logins()
		if err != nil {
			return err
		}
		at := time.Now().UTC().Truncate(time.Microsecond)
		err = p.write(ctx, l, at)
		l.done.Rehearsal = done.Rehearsal
		if done = l.done; len(l.keys) == 0 || done.Path == "" {
			return err
		}
		res, rerr := p.job.Results(context.WithoutCancel(ctx), ResultsOptions{Command: p.o.Command, Notice: p.o.Notice})
		if done.Result = res; err == nil {
			err = rerr
		}
		return err
	})
	return done, err
}

func (p *PreparedHandover) write(ctx context.Context, l *logins, at time.Time) error {
	if err := l.gather(ctx, p.chosen); err != nil {
		return err
	}
	if len(l.lines) == 0 {
		if l.done.Unopened > 0 {
			return usage(p.o.Identity, "this key opens none of the passwords that are sealed in this job",
				"name another private key with --identity")
		}
		return nil
	}
	err := durable.Create(p.path, func(w io.Writer) error { return report.WriteLogins(w, p.o.Format, l.lines) })
	if err != nil {
		return broken(p.path, err, "nothing was handed over: name another file with --out")
	}
	if err := p.record(ctx, l, at); err != nil {
		return errors.Join(broken(p.path, err, "nothing was handed over"), os.Remove(p.path))
	}
	l.done.Path, l.done.Forgot = p.path, p.o.Forget
	for _, k := range l.keys {
		note := "handed over " + at.Format(time.RFC3339) + " by " + p.o.Who
		if rest := withoutHandover(l.notes[k]); rest != "" {
			note += "; " + rest
		}
		if err := p.job.store.Annotate(ctx, k, note); err != nil {
			return err
		}
	}
	return nil
}

// record puts the handover on record, and drops the seals if that is wanted.
func (p *PreparedHandover) record(ctx context.Context, l *logins, at time.Time) error {
	action := importer.ActionHandover
	if p.o.Forget {
		action = importer.ActionForget
	}
	var ds []importer.Decision
	for _, k := range l.keys {
		ds = append(ds, importer.Decision{Key: k, Action: action, Who: p.o.Who, At: at})
	}
	return p.job.store.HandOver(context.WithoutCancel(ctx), l.seals, p.o.Forget, at, ds...)
}

// Try opens one seal of the job, shows nothing of it, and returns the client it
// was of. It changes nothing.
func (p *PreparedHandover) Try(ctx context.Context) (of importer.Entry, err error) {
	defer func() { err = asProblem(err) }()
	if err := p.answered(); err != nil {
		return of, err
	}
	l, err := p.logins()
	if err != nil {
		return of, err
	}
	of, sealed, err := anySeal(ctx, l.store)
	switch {
	case err != nil:
		return importer.Entry{}, err
	case sealed == nil:
		return of, usage(p.job.place.String(), "no sealed passwords are kept in this job", "run with a key first: bulkonboard keygen")
	}
	if _, err := opened(l.openers, sealed); err != nil {
		return of, &Problem{Exit: ExitFailed, Where: p.o.Identity, What: fmt.Sprintf("this key does NOT open the passwords of %s (%s)",
			of.ClientName, of.Key),
			Hint: "try the other keys with --identity"}
	}
	return of, nil
}
