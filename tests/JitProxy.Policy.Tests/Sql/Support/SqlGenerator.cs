using System.Globalization;
using System.Text;

namespace JitProxy.Policy.Tests.Sql.Support;

/// <summary>Makes statements from a grammar of <c>Corpus/</c>, the same ones for the same seed, and comes to use all of it.</summary>
internal sealed class SqlGenerator
{
    private const int DepthMax = 11;
    private const int LengthMax = 2_000;
    private const int Never = int.MaxValue / 2;

    private readonly Random _random;
    private readonly Dictionary<string, List<Alternative>> _productions = new(StringComparer.Ordinal);
    private int _number;

    /// <summary>A generator from a grammar, and others that add alternatives to it.</summary>
    /// <summary>A generator from a grammar, and others that add alternatives to it.</summary>
    public SqlGenerator(string file, int seed, params string[] more)
    {
        _random = new(seed);
        foreach (var name in more.Prepend(file))
            Add(SqlCorpus.PathOf(name));
        MeasureHeights();
    }

    private sealed record Alternative(List<(bool IsName, string Text)> Parts)
    {
        /// <summary>Levels below it at least.</summary>
        public int Height { get; set; } = Never;

        public int Uses { get; set; }

        public static Alternative Read(string line)
        {
            var parts = new List<(bool, string)>();
            var text = new StringBuilder();
            for (var i = 0; i < line.Length; i++)
            {
                var end = line[i] == '{' && line[i + 1] != '{' ? line.IndexOf('}', i) : -1;
                if (end < 0)
                {
                    text.Append(line[i]);
                    i += line[i] == '{' ? 1 : 0;
                    continue;
                }

                parts.Add((false, text.ToString()));
                parts.Add((true, line[(i + 1)..end]));
                text.Clear();
                i = end;
            }

            parts.Add((false, text.ToString()));
            return new([.. parts.Where(static part => part.Item2.Length > 0)]);
        }
    }

    /// <summary>The alternatives in the whole grammar.</summary>
    public int Size => _productions.Values.Sum(static list => list.Count);

    /// <summary>Those that no text made so far has in it.</summary>
    public IEnumerable<string> Unused => _productions.SelectMany(static production => production.Value.Where(static a => a.Uses == 0)
        .Select(a => $"{production.Key}: {string.Concat(a.Parts.Select(static part => part.Text))}"));

    /// <summary>The next text of this production.</summary>
    public string Next(string production)
    {
        _number = 0;
        var text = new StringBuilder();
        Expand(production, _random.Next(4, DepthMax), text);
        return text.ToString();
    }

    /// <summary>As many texts of this production, each made once, and more until all that it is made of has been used.</summary>
    public IEnumerable<string> All(string production, int count)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var tries = 0; seen.Count < count && tries < 20 * count; tries++)
        {
            if (Next(production) is var text && seen.Add(text))
                yield return text;
        }
    }

    private void Expand(string production, int depth, StringBuilder text)
    {
        var number = 0;
        var chosen = Choose(_productions[production], text.Length > LengthMax ? 0 : depth);
        chosen.Uses++;
        foreach (var (isName, part) in chosen.Parts)
        {
            if (!isName)
                text.Append(part);
            else if (part == "#")
                text.Append((number = number == 0 ? ++_number : number).ToString(CultureInfo.InvariantCulture));
            else
                Expand(part, depth - 1, text);
        }
    }

    private void Add(string path)
    {
        List<Alternative> production = [];
        foreach (var line in File.ReadLines(path).Where(static line => line.Length > 0 && line[0] != '#'))
        {
            if (line[0] == ' ')
                production.Add(Alternative.Read(line[4..]));
            else if (!_productions.TryGetValue(line.TrimEnd(':'), out production!))
                _productions.Add(line.TrimEnd(':'), production = []);
        }
    }

    // What was used least comes next every other time, so that nothing is left out.
    private Alternative Choose(List<Alternative> alternatives, int depth)
    {
        var open = alternatives.FindAll(alternative => alternative.Height <= depth);
        if (open.Count == 0)
            return alternatives.MinBy(static alternative => alternative.Height)!;
        return _random.Next(2) == 0 ? open.MinBy(static alternative => alternative.Uses)! : open[_random.Next(open.Count)];
    }

    private void MeasureHeights()
    {
        for (var changed = true; changed;)
        {
            changed = false;
            foreach (var alternative in _productions.Values.SelectMany(static list => list))
            {
                var height = alternative.Parts.Where(static part => part.IsName && part.Text is not "#")
                    .Select(part => _productions[part.Text].Min(static a => a.Height) + 1).DefaultIfEmpty(0).Max();
                changed |= height < alternative.Height;
                alternative.Height = Math.Min(height, alternative.Height);
            }
        }
    }
}
