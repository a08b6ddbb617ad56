import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.io.ByteArrayInputStream;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.StreamSupport;
import org.apache.flume.conf.FlumeConfiguration;
import org.apache.flume.conf.FlumeConfiguration.AgentConfiguration;
import org.apache.flume.conf.FlumeConfigurationError;
import org.apache.flume.node.AbstractConfigurationProvider;
import org.apache.flume.node.MaterializedConfiguration;

/**
 * A configuration file: what is left of each agent after the validation of its text ({@code agents}) and after its
 * components were created and configured ({@code materialized}; nothing is started), and Flume's list of errors.
 */
final class Validations {
  static JsonObject run(JsonObject config, JsonObject input) throws Exception {
    Properties properties = new Properties();
    properties.load(new ByteArrayInputStream(Json.bytes(input, "file")));
    Map<String, String> map = Substitutions.resolved(properties);
    FlumeConfiguration configuration;
    try {
      configuration = new FlumeConfiguration(map);
    } catch (RuntimeException e) {
      return Json.thrown("throws", e);
    }
    @SuppressWarnings("unchecked")
    var agents = new TreeMap<>((Map<String, AgentConfiguration>) Reflection.get(configuration, "agentConfigMap"));
    JsonObject output = new JsonObject();
    JsonObject survivors = new JsonObject();
    JsonObject materialized = new JsonObject();
    for (Map.Entry<String, AgentConfiguration> agent : agents.entrySet()) {
      survivors.add(agent.getKey(), survivors(agent.getValue()));
      materialized.add(agent.getKey(), materialize(agent.getKey(), new FlumeConfiguration(map)));
    }
    output.add("agents", survivors);
    output.add("errors", errors(configuration));
    output.add("materialized", materialized);
    return output;
  }

  private static JsonObject survivors(AgentConfiguration agent) {
    JsonObject json = new JsonObject();
    json.add("sources", sorted(agent.getSourceSet()));
    json.add("channels", sorted(agent.getChannelSet()));
    json.add("sinks", sorted(agent.getSinkSet()));
    json.add("sinkgroups", sorted(agent.getSinkgroupSet()));
    if (!agent.getConfigFilterSet().isEmpty()) {
      json.add("configfilters", sorted(agent.getConfigFilterSet()));
    }
    return json;
  }

  /** Sorted: the order of the list is that of hash tables. */
  private static JsonArray errors(FlumeConfiguration configuration) {
    JsonArray array = new JsonArray();
    for (FlumeConfigurationError error : configuration.getConfigurationErrors()) {
      JsonObject json = new JsonObject();
      json.addProperty("component", error.getComponentName());
      json.addProperty("key", error.getKey());
      json.addProperty("type", error.getErrorType().name());
      json.addProperty("level", error.getErrorOrWarning().name());
      array.add(json);
    }
    List<JsonElement> sorted = StreamSupport.stream(array.spliterator(), false)
        .sorted((a, b) -> a.toString().compareTo(b.toString())).toList();
    JsonArray result = new JsonArray();
    sorted.forEach(result::add);
    return result;
  }

  private static JsonObject materialize(String agent, FlumeConfiguration configuration) {
    var provider = new AbstractConfigurationProvider(agent) {
      @Override
      protected FlumeConfiguration getFlumeConfiguration() {
        return configuration;
      }
    };
    try {
      MaterializedConfiguration made = provider.getConfiguration();
      JsonObject json = new JsonObject();
      json.add("sources", sorted(made.getSourceRunners().keySet()));
      json.add("channels", sorted(made.getChannels().keySet()));
      json.add("sink_runners", sorted(made.getSinkRunners().keySet()));
      return json;
    } catch (Exception e) {
      return Json.thrown("throws", e);
    }
  }

  private static JsonArray sorted(Collection<String> names) {
    return Oracle.strings(new TreeSet<>(names));
  }

  private Validations() {}
}
