module github.com/bulkonboard/bulkonboard/.ci/recording

go 1.26.0
