package main

import (
	"fmt"
	"io"
	"math"
	"path/filepath"
	"strings"

	"frontdesk/retrieval"

	"github.com/go-analyze/charts/chartdraw"
	"github.com/go-analyze/charts/chartdraw/drawing"
)

// The plot's size, in pixels, and that of its texts, in points.
const (
	plotWidth   = 1000
	plotHeight  = 680
	plotText    = 11
	plotHeading = 15
	legendLine  = 36 // pixels
)

// Colours that people with any kind of colour vision tell apart (Okabe and Ito
// 2008, "Color Universal Design").
var plotColours = []drawing.Color{
	{R: 0, G: 114, B: 178, A: 255}, {R: 213, G: 94, B: 0, A: 255}, {R: 0, G: 158, B: 115, A: 255},
}

var (
	plotInk  = drawing.Color{R: 40, G: 40, B: 40, A: 255}
	plotGrid = drawing.Color{R: 226, G: 226, B: 226, A: 255}
	plotGrey = drawing.Color{R: 110, G: 110, B: 110, A: 255}
)

// plotFormat gives what draws a plot, by the end of its file's name.
func plotFormat(file string) (chartdraw.RendererProvider, error) {
	switch strings.ToLower(filepath.Ext(file)) {
	case ".svg":
		return chartdraw.SVG, nil
	case ".png":
		return chartdraw.PNG, nil
	}
	return nil, fmt.Errorf("--plot draws .svg and .png, and %s is neither", file)
}

// A plotted is a trial and what it is called.
type plotted struct {
	name  string
	trial retrieval.Trial
}

// writePlot draws precision against the share answered: a line a trial, a dot at
// its operating point, and the precision that is asked for.
func writePlot(w io.Writer, format chartdraw.RendererProvider, title string, precision float64, trials []plotted) error {
	wanted := chartdraw.ContinuousSeries{
		Name:    fmt.Sprintf("precision asked for: %.4g %%", 100*precision),
		XValues: []float64{0, 100}, YValues: []float64{100 * precision, 100 * precision},
		Style: chartdraw.Style{StrokeWidth: 1.5, StrokeColor: plotGrey, StrokeDashArray: []float64{6, 5}},
	}
	lowest := 100 * precision
	var lines, dots []chartdraw.Series
	for i, t := range trials {
		colour := plotColours[i%len(plotColours)]
		line := curveOf(t.trial.Curve())
		line.Name, line.Style = t.name, chartdraw.Style{StrokeWidth: 2.5, StrokeColor: colour}
		for _, y := range line.YValues {
			lowest = min(lowest, y)
		}
		if at := t.trial.At(); !math.IsNaN(at.Precision) {
			lowest = min(lowest, 100*at.Precision)
			line.Name += fmt.Sprintf("  •  answers %.1f %%, and of these %.1f %% are right", 100*at.Answered, 100*at.Precision)
			dots = append(dots, chartdraw.ContinuousSeries{
				XValues: []float64{100 * at.Answered}, YValues: []float64{100 * at.Precision},
				Style: chartdraw.Style{StrokeWidth: chartdraw.Disabled, DotWidth: 7, DotColor: colour},
			})
		}
		if len(line.XValues) > 0 {
			lines = append(lines, line)
		}
	}
	lines = append(lines, wanted)
	p := newPlot(title, max(0, 10*math.Floor(lowest/10-0.2)))
	p.Series = append(lines, dots...)
	p.Elements = []chartdraw.Renderable{legendOf(lines)}
	if err := p.Render(format, w); err != nil {
		return fmt.Errorf("drawing the plot: %w", err)
	}
	return nil
}

// newPlot gives the empty plot, whose shares right begin at lowest, in percents.
func newPlot(title string, lowest float64) chartdraw.Chart {
	text := chartdraw.Style{FontStyle: chartdraw.FontStyle{FontSize: plotText, FontColor: plotInk}}
	heading := chartdraw.Style{FontStyle: chartdraw.FontStyle{FontSize: plotHeading, FontColor: plotInk}}
	grid := chartdraw.Style{StrokeColor: plotGrid, StrokeWidth: 1}
	return chartdraw.Chart{
		Title: title, TitleStyle: heading, Width: plotWidth, Height: plotHeight,
		Background: chartdraw.Style{Padding: chartdraw.NewBox(60, 30, 30, 20), FillColor: drawing.ColorWhite},
		XAxis: chartdraw.XAxis{
			Name: "questions that are answered, in %", NameStyle: text, Style: text, GridMajorStyle: grid, GridMinorStyle: grid,
			Range: &chartdraw.ContinuousRange{Min: 0, Max: 100}, Ticks: everyTen(0),
		},
		YAxis: chartdraw.YAxis{
			Name: "answers that are right, in %", NameStyle: text, Style: text, GridMajorStyle: grid, GridMinorStyle: grid,
			Range: &chartdraw.ContinuousRange{Min: lowest, Max: 100}, Ticks: everyTen(lowest),
			AxisType: chartdraw.YAxisSecondary, // on the left
		},
		YAxisSecondary: chartdraw.HideYAxis(),
	}
}

// everyTen marks an axis of percents.
func everyTen(lowest float64) []chartdraw.Tick {
	var ticks []chartdraw.Tick
	for v := lowest; v <= 100; v += 10 {
		ticks = append(ticks, chartdraw.Tick{Value: v, Label: fmt.Sprintf("%.0f", v)})
	}
	return ticks
}

// curveOf gives a curve in percents. What the first few answers say is chance,
// so that it begins where one in fifty is answered.
func curveOf(curve []retrieval.CurvePoint) chartdraw.ContinuousSeries {
	var s chartdraw.ContinuousSeries
	for i, c := range curve {
		if c.Answered >= 0.02 || i == len(curve)-1 {
			s.XValues, s.YValues = append(s.XValues, 100*c.Answered), append(s.YValues, 100*c.Precision)
		}
	}
	return s
}

// legendOf says what the lines are, at the bottom left, where no curve of a
// working base is.
func legendOf(lines []chartdraw.Series) chartdraw.Renderable {
	style := chartdraw.Style{
		FontStyle:   chartdraw.FontStyle{FontSize: plotText, FontColor: plotInk},
		StrokeColor: plotGrid, StrokeWidth: 1, FillColor: drawing.ColorWhite,
	}
	legend := chartdraw.Legend(&chartdraw.Chart{Series: lines}, style)
	return func(r chartdraw.Renderer, canvas chartdraw.Box, defaults chartdraw.Style) {
		canvas.Top = canvas.Bottom - legendLine*len(lines) - 12
		canvas.Left += 12
		legend(r, canvas, defaults)
	}
}
